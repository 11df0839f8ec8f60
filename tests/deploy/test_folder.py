"""What `tally up` keeps in its folder."""

from pathlib import Path

from deploy import folder


def test_secrets_by_name_are_the_files_of_a_folder(tmp_path: Path) -> None:
    """Each file in DIR/secrets/NAME is a secret by its name, less the end of its line; other files are none."""
    assert folder.secrets_by_name(tmp_path, "pseudonym_keys") == {}
    keys = tmp_path / "secrets" / "pseudonym_keys"
    keys.mkdir(parents=True)
    (keys / "2026").write_text("a key\n")
    (keys / "2027").write_text("another key")
    (keys / ".2027.swp").write_text("of an editor")
    assert folder.secrets_by_name(tmp_path, "pseudonym_keys") == {"2026": "a key", "2027": "another key"}
    made = folder.secret(tmp_path, "receipt_key")
    assert len(made) >= 32
    assert folder.secret(tmp_path, "receipt_key") == made != folder.secret(tmp_path, "pseudonym_key")

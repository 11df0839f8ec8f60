from pathlib import Path

import pytest

from schemas.catalogue import CatalogueError, load_catalogue

EXAMPLE = Path(__file__).parents[2] / "deploy" / "demo" / "campaign.toml"


def test_campaigns_stand_side_by_side(tmp_path: Path) -> None:
    """A folder holds several campaigns, one a file."""
    text = EXAMPLE.read_text()
    (tmp_path / "2026.toml").write_text(text)
    (tmp_path / "2025.toml").write_text(text.replace("w4r-2026", "w4r-2025"))
    assert set(load_catalogue(tmp_path).campaigns) == {"w4r-2025", "w4r-2026"}


@pytest.mark.parametrize(
    ("old", "new", "line_of", "says"),
    [
        ('country = "BY"', 'country = "by"', 'country = "by"', "cases.1.country"),
        ('time_zone = "UTC"', 'time_zone = "Mars"', "time_zone", "time zone"),
        ("goal = 5000000", 'goal = "many"', "goal", "goal"),
        ('event = "warsaw-marathon"', 'event = "none"', 'event = "none"', "none"),
        ('case = "ilya"\n', "", '"Ilya', "cases.1.case"),
    ],
)
def test_an_error_names_file_and_line(tmp_path: Path, old: str, new: str, line_of: str, says: str) -> None:
    """A mistake in a campaign file is told with the file, the line (or its table's) and what was expected."""
    file = tmp_path / "campaign.toml"
    text = EXAMPLE.read_text().replace(old, new, 1)
    file.write_text(text)
    with pytest.raises(CatalogueError) as error:
        load_catalogue(file)
    line = next(number for number, text in enumerate(text.splitlines(), 1) if line_of in text)
    assert any(f"{file}:{number}:" in str(error.value) for number in (line, line - 1))
    assert says in str(error.value)


@pytest.mark.parametrize("text", ["", "campaign = ", "campaign = 'a'\ncampaign = 'b'"])
def test_an_unreadable_file_is_named(tmp_path: Path, text: str) -> None:
    """A file that is no TOML, or says nothing, is an error with its name."""
    file = tmp_path / "campaign.toml"
    file.write_text(text)
    with pytest.raises(CatalogueError, match=r"campaign\.toml"):
        load_catalogue(tmp_path)

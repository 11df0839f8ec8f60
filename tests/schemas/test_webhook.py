from base64 import b64encode

import pytest

from schemas.environment import Environment, sentences_of
from schemas.webhook import key_of, signed_headers

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 (the published example of the specification)


def test_a_signature_is_that_of_the_specification() -> None:
    """The published example of the specification has the published signature."""
    key = key_of(SECRET)
    assert key is not None
    assert signed_headers(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, b'{"test": 2432232314}') == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@pytest.mark.parametrize(("length", "is_key"), [(23, False), (24, True), (64, True), (65, False)])
def test_a_secret_is_as_long_as_the_specification_says(length: int, is_key: bool) -> None:  # noqa: FBT001 (a fact)
    """Base64 of 24 to 64 bytes is a secret, with or without its prefix; anything else is none."""
    key = bytes(range(length))
    assert (key_of(b64encode(key).decode()) == key) is is_key
    assert (key_of("whsec_" + b64encode(key).decode()) == key) is is_key
    assert key_of("not base64 at all, is it?") is None


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"URL": "https://example.org/hook"}, "TALLY_MILESTONES_SECRET: needed with TALLY_MILESTONES_URL"),
        ({"URL": "https://example.org/hook", "SECRET": "short"}, "TALLY_MILESTONES_SECRET: expected base64"),
        ({"URL": "ftp://example.org/hook", "SECRET": SECRET}, "TALLY_MILESTONES_URL: expected http"),
        ({"URL": "https://", "SECRET": SECRET}, "TALLY_MILESTONES_URL: expected http"),
    ],
)
def test_a_webhook_that_cannot_be_is_told_at_the_start(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], says: str
) -> None:
    """An address that is none, and one without a secret, are refused in a sentence that quotes neither."""
    for name, value in settings.items():
        monkeypatch.setenv(f"TALLY_MILESTONES_{name}", value)
    with pytest.raises(ValueError, match="milestones") as error:
        Environment()
    told = sentences_of(error.value)  # type: ignore[arg-type]  # pydantic's is a ValueError
    assert told.startswith(says)
    assert "example.org" not in told

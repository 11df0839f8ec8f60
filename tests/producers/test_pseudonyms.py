"""Keys of pseudonyms: a new one does not touch campaigns that name their own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from producers.identity import pseudonym_of
from producers.pseudonyms import KeyMissingError, keys_of
from schemas.catalogue import Campaign, Catalogue, load_catalogue
from schemas.environment import Environment
from tests.producers.conftest import CAMPAIGN

OLD, NEW = "the key of the last campaign long enough", "the key of the next campaign long enough"


def of_settings(**settings: object) -> Environment:
    return Environment(**settings)  # type: ignore[arg-type]  # the rest has defaults


def catalogue_of(*campaigns: Campaign) -> Catalogue:
    return Catalogue(campaigns={campaign.campaign: campaign for campaign in campaigns})


@pytest.fixture
def campaign() -> Campaign:
    return load_catalogue(CAMPAIGN).campaigns["w4r-2026"]


def test_a_campaign_keeps_its_key_when_others_get_a_new_one(campaign: Campaign) -> None:
    """A campaign that names its key has the same pseudonyms whatever the key of the others is."""
    named = campaign.model_copy(update={"campaign": "named", "pseudonym_key": "2026"})
    catalogue = catalogue_of(campaign, named)
    before = keys_of(of_settings(pseudonym_key=SecretStr(OLD), pseudonym_keys={"2026": OLD}), catalogue)
    after = keys_of(of_settings(pseudonym_key=SecretStr(NEW), pseudonym_keys={"2026": OLD, "2027": NEW}), catalogue)
    address = "writer@example.org"
    assert before.pseudonym(address, named) == after.pseudonym(address, named) == pseudonym_of(address, OLD.encode())
    assert before.pseudonym(address, campaign) != after.pseudonym(address, campaign)
    assert "key of" not in repr(after)


def test_a_key_that_nobody_has_stops_the_collector(campaign: Campaign) -> None:
    """A campaign that names an unknown key is an error that names both and the setting, and no secret."""
    catalogue = catalogue_of(campaign.model_copy(update={"pseudonym_key": "2031"}))
    with pytest.raises(KeyMissingError, match=r"w4r-2026.*2031.*TALLY_PSEUDONYM_KEYS") as error:
        keys_of(of_settings(pseudonym_key=SecretStr(OLD), pseudonym_keys={"2026": NEW}), catalogue)
    assert OLD not in str(error.value)
    assert NEW not in str(error.value)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"TALLY_PSEUDONYM_KEY": OLD}, "TALLY_RECEIPT_KEY is needed"),
        (
            {"TALLY_PSEUDONYM_KEY": OLD, "TALLY_RECEIPT_KEY": f"{NEW},short-word"},
            "TALLY_RECEIPT_KEY: ",
        ),
        ({"TALLY_PSEUDONYM_KEYS": '{"2026": "short-word"}'}, "TALLY_PSEUDONYM_KEYS.2026"),
        ({"TALLY_PSEUDONYM_KEYS": "short-word"}, "TALLY_PSEUDONYM_KEYS: expected JSON"),
    ],
)
def test_a_wrong_key_is_said_without_the_key(tmp_path: Path, settings: dict[str, str], says: str) -> None:
    """A key that is missing, too short or no JSON stops the collector with a sentence that does not repeat it."""
    told = {**os.environ, "TALLY_CAMPAIGNS": str(CAMPAIGN), "TALLY_OUTBOX": str(tmp_path), **settings}
    command = [sys.executable, "-m", "producers"]
    ended = subprocess.run(command, env=told, capture_output=True, timeout=60, check=False)
    assert ended.returncode == 1
    said = ended.stderr.decode() + ended.stdout.decode()
    assert says in said
    assert "Traceback" not in said
    assert "short-word" not in said

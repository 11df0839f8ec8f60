"""`tally up` with a public counter to poll."""

from pathlib import Path

import pytest

from tests.producers.petitions_site import PetitionsSite
from tests.stacks import Up, end_all_of, make_folder, wait_for


@pytest.mark.timeout(600)
def test_a_counter_is_polled_and_said_again_after_the_broker_died(tmp_path: Path) -> None:
    """The world is the counter's newest value, also where the broker forgot it and the counter stood still."""
    site = PetitionsSite()
    site.show("700001", 1068, {"GB": 850})
    data = make_folder(tmp_path)
    (data / "sources").mkdir()
    said = 'source = "uk"\nchannel = "petition-counter"\ncampaign = "w4r-2026"\nmost_letters = 1000000000\n'
    said += f'[poll]\naddress = "{site.address}"\ncontact = "letters@example.org"\nevery_seconds = 1\n'
    (data / "sources" / "uk.toml").write_text(said + '[cases]\n"700001" = "amara"\n')
    try:
        up = Up(data)
        wait_for(lambda: up.world() == 1068, 60)
        site.show("700001", 1000, {"GB": 850})
        wait_for(lambda: up.world() == 1000, 60)
        site.show("700001", 2000, {"PL": 1})
        asked = len(site.asked)
        wait_for(lambda: len(site.asked) > asked, 60)
        up.part("broker").kill()  # it, or nobody, has the newest value, which will not change any more
        wait_for(lambda: up.said().count("poller is ready") == 2, 120)
        wait_for(lambda: up.world() == 2000, 60)
        assert up.run("reconcile") == 0
        assert up.stop() == 0, up.said()
    finally:
        site.close()
        end_all_of(data)

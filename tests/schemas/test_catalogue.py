from datetime import UTC, datetime
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
        ('case = "ilya"', 'case = "amara"', '"Ilya', "twice"),
        ('event = "osaka-cafe"', 'event = "paris-library"', '"Letters and tea"', "twice"),
        ("closes = 2026-12-31", "closes = 2026-10-31", "closes", "after opens"),
        ("late_until = 2027-01-31", "late_until = 2026-12-30", "late_until", "closes"),
        ('place = "Osaka"', 'place = "Osaka"\nhall = 2', "hall", "events.4.hall"),
        ('line = "Sentenced for a peaceful vigil."', 'line = "two\\nlines"', "two", "cases.1.line"),
        ('title = "Write', 'title = = "Write', "title", "Invalid value"),
        ("goal = 5000000", "goal = 5000000\nmilestones = [10, 10]", "milestones", "higher than the one before"),
        ("goal = 5000000", "goal = 5000000\nmilestones = [0]", "milestones", "milestones: expected up to 100"),
        ("goal = 5000000", "goal = 5000000\nmilestones = 1000", "milestones", "milestones: expected up to 100"),
        ("goal = 5000000", 'goal = 1\ncountry_milestones = [1, "2"]', "country_mile", "country_milestones: expected"),
        ('embeds = ["world", "case", "country"]', 'embeds = ["wrld"]', "wrld", "embeds: expected a list of scopes"),
        ('embeds = ["world", "case", "country"]', 'embeds = ["case", "case"]', "embeds", "each once"),
        ('embeds = ["world", "case", "country"]', "embeds = [[1]]", "embeds", "embeds: expected a list of scopes"),
        ('embeds = ["world", "case", "country"]', 'embeds = "world"', "embeds", "embeds: expected a list of scopes"),
        ('case = "ilya"', 'case = "ilya"\nmilestones = [20, 10]', "[20, 10]", "cases.1.milestones"),
        ('case = "ilya"', 'case = "ilya"\ngoal = 0', "goal = 0", "cases.1.goal"),
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


def test_an_error_is_found_where_tables_alternate(tmp_path: Path) -> None:
    """A case that stands below the events is found by its number among the cases."""
    file = tmp_path / "campaign.toml"
    text = EXAMPLE.read_text() + '\n[[cases]]\ncase = "late"\nname = "Late"\ncountry = "xx"\nline = "Added later."\n'
    file.write_text(text)
    line = text.splitlines().index('country = "xx"') + 1
    with pytest.raises(CatalogueError, match=rf":{line}: cases\.10\.country"):
        load_catalogue(file)


def test_times_are_those_of_the_campaign(tmp_path: Path) -> None:
    """A time without an offset is in the campaign's time zone, and a plain date of an end is that whole day."""
    file = tmp_path / "campaign.toml"
    text = EXAMPLE.read_text().replace('"UTC"', '"Asia/Tokyo"').replace("2027-01-31T23:59:59", "2027-01-31")
    file.write_text(text)
    campaign = load_catalogue(file).campaigns["w4r-2026"]
    assert campaign.at(campaign.opens) == datetime(2026, 10, 31, 15, tzinfo=UTC)
    assert campaign.at(campaign.late_until) == datetime(2027, 1, 31, 14, 59, 59, 999_999, tzinfo=UTC)


def test_a_campaign_that_stands_in_two_files_is_refused(tmp_path: Path) -> None:
    """Two files with the same campaign are an error that names the second and its line."""
    for name in ("one.toml", "two.toml"):
        (tmp_path / name).write_text(EXAMPLE.read_text())
    with pytest.raises(CatalogueError, match=r"two\.toml:2: .*w4r-2026"):
        load_catalogue(tmp_path)


def test_the_example_is_complete() -> None:
    """The example has ten cases of different countries, six events and a goal."""
    campaign = load_catalogue(EXAMPLE).campaigns["w4r-2026"]
    assert (len(campaign.cases), len({case.country for case in campaign.cases})) == (10, 10)
    assert (len(campaign.events), campaign.goal) == (6, 5_000_000)


@pytest.mark.parametrize("text", ["", "campaign = ", "campaign = 'a'\ncampaign = 'b'"])
def test_an_unreadable_file_is_named(tmp_path: Path, text: str) -> None:
    """A file that is no TOML, or says nothing, is an error with its name."""
    file = tmp_path / "campaign.toml"
    file.write_text(text)
    with pytest.raises(CatalogueError, match=r"campaign\.toml:\d+: "):
        load_catalogue(tmp_path)


def test_a_missing_file_is_said_with_the_remedy(tmp_path: Path) -> None:
    """Neither a path that is not there nor a folder without campaigns is taken for an empty catalogue."""
    with pytest.raises(CatalogueError, match="TALLY_CAMPAIGNS"):
        load_catalogue(tmp_path / "nothing.toml")
    with pytest.raises(CatalogueError, match="found none"):
        load_catalogue(tmp_path)

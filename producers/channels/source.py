"""One configured source: a form, a petition platform or an organiser, and how what it says is to be understood."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from schemas.catalogue import Campaign
from schemas.report import MOST_LETTERS, SLUG, UNKNOWN_COUNTRY, Country, Kind, Slug

Meaning = Annotated[
    str,
    Field(pattern=f"^(case|letters|country|event|email|kind|written_at|city|notes|letters:{SLUG.pattern})$"),
]
Said = Annotated[str, Field(min_length=1, max_length=500)]


class Poll(BaseModel):
    """Where a public counter is read, how often at most, and who does so."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    address: Annotated[str, Field(pattern=r"^https?://[^\s/?#@]+$")]
    """Of the site, such as https://petition.parliament.uk, without a path."""
    contact: Annotated[str, Field(pattern=r"^[\x21-\x7e]{3,200}$")]
    """An address (e-mail or web) under which the site's people reach whoever polls them."""
    every_seconds: int = Field(60, ge=1, le=86_400)
    """Never more often, whatever the site allows."""


class Source(BaseModel):
    """Where reports come from through one address; `cases` and `fields` translate what the platform calls things.

    `cases` maps the platform's name (a petition's address, a form's id, a choice's label or ref) to a case of the
    campaign; a name that is a case already needs no entry. `fields` maps a question (its ref, or its text where the
    platform has none) to what it answers: case, letters, country, event, email, kind, written_at, or `letters:CASE`
    for a question that asks how many letters were written on one case; city and notes are passed over.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: Slug
    channel: Slug
    campaign: Slug
    country: Country = UNKNOWN_COUNTRY
    """Where a delivery names none."""
    event: Slug | None = None
    """Where a delivery names none."""
    kind: Kind | None = None
    """What its reports are; without it, what the channel's usually are."""
    cases: dict[Said, Slug] = {}
    events: dict[Said, Slug] = {}
    """What an organiser's sheet calls an event -> the registered one."""
    fields: dict[Said, Meaning] = {}
    counts_outreach: bool = False
    """Whether an outreach (Action Network) counts, although it is also told when no letter went out."""
    most_letters: int | None = Field(None, ge=1, le=MOST_LETTERS)
    """The most that one report may say before a person has to look; without it, the campaign's limit."""
    poll: Poll | None = None
    """For a public counter that we read ourselves; the numbers of its petitions are those in `cases`."""
    secret_files: tuple[Path, ...] = Field((), max_length=2)
    secret_variables: tuple[str, ...] = Field((), max_length=2)
    """Environment variables that hold a secret; a file or variable more, while a secret is being changed."""


def most_letters_of(source: Source, campaign: Campaign) -> int:
    """Return the most that one report of the source may say before a person has to look."""
    return source.most_letters or campaign.limits.letters_per_line

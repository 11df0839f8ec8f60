"""Sheets as organisers send them, for tests."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from openpyxl import Workbook

from producers.channels.reading import Draft, Refused
from producers.channels.sheet.preview import Preview
from producers.channels.sheet.read import preview_of
from producers.channels.source import Source
from schemas.catalogue import load_catalogue

SENT_AT = 1_796_900_000_000
CAMPAIGN = load_catalogue(Path(__file__).parents[4] / "deploy" / "demo" / "campaign.toml").campaigns["w4r-2026"]
SOURCE = Source(
    source="school",
    channel="sheet",
    campaign="w4r-2026",
    cases={
        "amara": "amara",
        "Amara Okello": "amara",
        "ilya": "ilya",
        "Ilya Marchenko": "ilya",
        "rosa": "rosa",
        "Rosa Quispe": "rosa",
    },
)


def seen(text: str, source: Source = SOURCE, sent_at: int = SENT_AT) -> Preview:
    return preview_of(text.encode(), source, sent_at)


def counted(preview: Preview) -> dict[tuple[str | None, str, str], int]:
    """Return the letters of each draft that counts, by event, case as the sheet says it, and kind."""
    return {
        (draft.event, draft.case, str(draft.kind)): draft.letters
        for draft in preview.readings
        if isinstance(draft, Draft) and not draft.withdrawn
    }


def taken_back(preview: Preview) -> set[tuple[str, str]]:
    return {(d.submission, d.line) for d in preview.readings if isinstance(d, Draft) and d.withdrawn}


def refused(preview: Preview) -> list[Refused]:
    return [reading for reading in preview.readings if isinstance(reading, Refused)]


def saved(workbook: Workbook) -> bytes:
    file = BytesIO()
    workbook.save(file)
    return file.getvalue()


def workbook_of(*rows: Sequence[object]) -> Workbook:
    workbook = Workbook()
    for row in rows:
        workbook.worksheets[0].append(row)
    return workbook

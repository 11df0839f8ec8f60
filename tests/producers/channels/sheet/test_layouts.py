"""Sheets as people make them: long and wide, in their languages, with their mistakes."""

from pathlib import Path

import pytest

import producers.channels.sheet
from producers.channels.reading import Draft, Refused
from producers.channels.sheet.words import HEADINGS, meaning_of
from tests.producers.channels.sheet.sheets import SOURCE, counted, refused, seen, taken_back

_SCHOOL = """\
Maraton listów 2018;;;;
;;;;
Szkoła;Amara;Ilya;Rosa;Razem
Liceum;300;253;150;703
Szkoła nr 1;30;20;30;80
;;;;
Szkoła nr 2;20;20;7;47
Dom kultury;5;;15;20
Razem;355;293;202;850
"""


def test_a_wide_sheet_counts_each_number_of_each_row() -> None:
    """A school's table: titles above, an empty row, a column for each case, totals of rows and columns: 850 letters."""
    preview = seen(_SCHOOL)
    assert preview.letters == 850
    assert refused(preview) == []
    assert counted(preview)["Liceum", "amara", "letter"] == 300
    assert sum(number for (event, _, _), number in counted(preview).items() if event == "Liceum") == 703


def test_a_long_sheet_counts_each_row() -> None:
    """One row for each event, case and kind, with a date, a country and notes."""
    preview = seen(
        "Event,City,Country,Date,Case,Letters,Kind,Notes\n"
        'Town hall,Lyon,fr,2026-12-10,Amara Okello,"1 068",letter,from Jean\n'
        "Town hall,Lyon,fr,10.12.2026,ilya marchenko,12,e-mail,\n"
    )
    drafts = [reading for reading in preview.readings if isinstance(reading, Draft) and not reading.withdrawn]
    assert [(d.case, d.letters, d.kind, d.country) for d in drafts] == [
        ("amara", 1068, "letter", "FR"),
        ("ilya", 12, "email", "FR"),
    ]
    assert {str(draft.written_at) for draft in drafts} == {"2026-12-10 00:00:00"}
    assert "Jean" not in str(preview.readings)


@pytest.mark.parametrize(
    "headings",
    [
        "Event;Case;Letters",
        "Evento;Caso;Número de cartas",
        "Wydarzenie;Sprawa;Liczba listów",
        "Événement;Cas;Nombre de lettres",
        "EVENEMENT;CAS;LETTRES",
        "Veranstaltung;Fall;Anzahl Briefe",
        "الفعالية;الحالة;عدد الرسائل",
    ],
)
def test_headings_are_known_in_several_languages(headings: str) -> None:
    """English, Spanish, Polish, French with accents and without, German, Arabic."""
    assert counted(seen(f"{headings}\nLiceum;Amara Okello;5\n")) == {("Liceum", "amara", "letter"): 5}


def test_every_word_for_a_heading_is_known() -> None:
    """No word means two things, whatever its case and accents."""
    assert [word for meaning, words in HEADINGS.items() for word in words if meaning_of(word.upper()) != meaning] == []


def test_other_headings_are_named_by_the_source() -> None:
    """The source's fields say what a heading means, also one with another meaning, and the case of a column."""
    source = SOURCE.model_copy(
        update={"fields": {"Wo?": "event", "Für Amara": "letters:amara", "Für Rosa": "letters:rosa", "Klasse": "notes"}}
    )
    preview = seen("Wo?;Klasse;Für Amara;Für Rosa\nGymnasium;7b;5;6\n", source)
    assert counted(preview) == {("Gymnasium", "amara", "letter"): 5, ("Gymnasium", "rosa", "letter"): 6}


def test_the_first_column_of_a_wide_sheet_needs_no_heading() -> None:
    """What stands under nothing at the left of a table names its rows."""
    assert counted(seen(";Amara;Rosa\nLiceum;5;6\n"))["Liceum", "rosa", "letter"] == 6


def test_right_to_left_names_are_kept() -> None:
    """Events and cases in Arabic are read as they are, without the marks of direction around them."""
    source = SOURCE.model_copy(update={"cases": {"أمارا أوكيلو": "amara"}})
    preview = seen("الفعالية,الحالة,العدد\n\u200fمدرسة النور\u200f,أمارا أوكيلو,٢٥\n", source)
    assert counted(preview) == {("مدرسة النور", "amara", "letter"): 25}


def test_a_case_with_a_typo_is_refused_with_the_nearest() -> None:
    """A name that is no case is never guessed; the refusal names the nearest, and the other rows count."""
    preview = seen("Event,Case,Letters\nLiceum,Amara Okelo,5\nLiceum,Rosa Quispe,6\n")
    assert counted(preview) == {("Liceum", "rosa", "letter"): 6}
    (refusal,) = refused(preview)
    assert refusal.reason == "unknown_case"
    assert refusal.field == "Case"
    assert refusal.detail == "row 2: unknown case: is 'Amara Okello' meant? Then write it so"


def test_a_column_with_a_typo_is_refused_with_the_nearest() -> None:
    """A wide sheet's misspelt case is one refusal that names its rows, and the other columns count."""
    preview = seen("Event,Amara,Rosa,Iliya\nLiceum,1,2,3\nGimnazjum,4,5,6\n")
    assert preview.letters == 12
    assert [(r.field, r.detail) for r in refused(preview)] == [
        ("Iliya", "rows 2, 3: unknown case: is 'ilya' meant? Then write it so")
    ]


def test_a_name_near_to_nothing_is_refused_with_what_is_expected() -> None:
    """Where no case is near, the refusal lists them."""
    (refusal,) = refused(seen("Event,Case,Letters\nLiceum,Xyzzy,5\n"))
    assert refusal.detail.endswith("expected one of amara, ilya, rosa")


def test_rows_of_the_same_report_add_up_and_are_named() -> None:
    """The same event, case and kind in two rows is one report, and the preview says that it was added up."""
    preview = seen("Event,Case,Letters\nLiceum,Amara,5\nliceum,AMARA OKELLO,6\n")
    assert list(counted(preview).values()) == [11]
    assert preview.notes[-1] == "rows 2, 3: added up on amara (letter) at Liceum"


def test_one_report_has_one_country() -> None:
    """Rows of the same report in two countries are refused: neither country's number may be lost."""
    preview = seen("Event,Country,Case,Letters\nTour,FR,Amara,5\nTour,PL,Amara,6\nTour,FR,Rosa,7\n")
    assert list(counted(preview).values()) == [7]
    assert refused(preview)[0].detail.startswith("rows 2, 3: rows of the same event, case and kind")


def test_an_ambiguous_day_is_refused_and_the_row_with_it() -> None:
    """12/10/2026 is asked about; the row does not count until it is mended, the others do."""
    preview = seen("Event,Date,Case,Letters\nLiceum,12/10/2026,Amara,5\nLiceum,13/12/2026,Rosa,6\n")
    assert list(counted(preview).values()) == [6]
    assert [(r.reason, r.field) for r in refused(preview)] == [("bad_value", "Date")]


def test_a_row_without_an_event_among_rows_with_one_is_refused() -> None:
    """In text, a cell that was merged and one that was forgotten look the same: it is asked about."""
    preview = seen("Event,Case,Letters\nLiceum,Amara,5\n,Rosa,6\n")
    assert list(counted(preview).values()) == [5]
    assert refused(preview)[0].reason == "missing_field"


def test_an_event_with_a_typo_is_refused_with_the_nearest() -> None:
    """Where the source knows events, a name means one of them or is refused; it is never another event."""
    source = SOURCE.model_copy(update={"events": {"Liceum im. Kopernika": "liceum", "Dom kultury": "dom"}})
    preview = seen("Event,Amara,Rosa\nliceum im kopernika,5,6\nDom Kulturi,7,\n", source)
    assert counted(preview) == {("liceum", "amara", "letter"): 5, ("liceum", "rosa", "letter"): 6}
    assert [(r.reason, r.field, r.detail) for r in refused(preview)] == [
        ("unknown_event", "Event", "row 3: unknown event: is 'Dom kultury' meant? Then write it so")
    ]
    assert taken_back(preview) == set()


def test_a_remark_below_a_table_is_no_event() -> None:
    """A row without a number is named in the preview and changes nothing."""
    preview = seen("Event,Amara,Rosa\nLiceum,5,6\nThank you all!,,\n")
    assert {submission for submission, _ in taken_back(preview)} == {"event:liceum"}
    assert preview.lines[-1].why == "no number in this row"


@pytest.mark.parametrize(
    "text",
    [
        "Szkoła;Amara;Rosa\nLiceum;5;6\n;;\nMiejsce;Listy;\nLiceum;11;\n",
        "Szkoła;Amara;Rosa\nLiceum;5;6\nSzkoła;Amara;Rosa\nDom;5;6\n",
        "Event;Case;Letters\nLiceum;Amara;5\nEvent;Case;Letters\n",
    ],
)
def test_two_tables_in_one_sheet_are_refused(text: str) -> None:
    """Under the headings of another table a number means something else: nothing of such a sheet counts."""
    (refusal,) = seen(text).readings
    assert isinstance(refusal, Refused)
    assert "another table begins here" in refusal.detail


def test_titles_are_passed_over_and_said() -> None:
    """The preview says in which row the headings were found."""
    assert seen(_SCHOOL).notes[-1] == "headings in row 3"


@pytest.mark.parametrize(
    ("text", "reason", "field"),
    [
        ("Event,Letters\nLiceum,5\n", "missing_field", "case"),
        ("Event,Case\nLiceum,Amara\n", "missing_field", "letters"),
        ("just,some,text\n", "missing_field", "case"),
        ("", "missing_field", "case"),
        ("Event,Case,Letters\n", "nothing_to_count", None),
        ("Case,Letters,Listy\nAmara,5,6\n", "bad_value", "Listy"),
        ("Case,Letters,Rosa\nAmara,5,6\n", "bad_value", "Rosa"),
        ("Event,Amara,Rosa,\nLiceum,5,6,7\n", "missing_field", None),
        ("Case,Letters\n,5\n", "missing_field", "Letters"),
        ("Case,Letters\nAmara,-5\n", "count_out_of_range", "Letters"),
        ("Case,Letters\nAmara,99999999999\n", "count_out_of_range", "Letters"),
        ("Case,Letters\nAmara,many\n", "bad_value", "Letters"),
        ("Case,Letters,Kind\nAmara,5,telegram\n", "bad_value", "Kind"),
    ],
)
def test_what_can_not_be_read_is_refused_by_name(text: str, reason: str, field: str | None) -> None:
    """A refusal names the heading that is missing or whose cell is wrong."""
    (refusal,) = refused(seen(text))
    assert (refusal.reason, refusal.field) == (reason, field)


def test_what_stands_in_a_wrong_cell_is_not_repeated() -> None:
    """A cell may hold anything, names too: a refusal says where it is, only the preview shows it."""
    preview = seen("Case,Letters\nAmara,ask Jan Kowalski\n")
    assert "Kowalski" not in str(preview.readings)
    assert preview.lines[0].value == "ask Jan Kowalski"


def test_a_source_without_names_of_cases_leaves_them_to_the_catalogue() -> None:
    """Where nothing is known of cases, every column of numbers is one, under the name that the sheet gives it."""
    source = SOURCE.model_copy(update={"cases": {}})
    assert counted(seen("Event,Mei Lin Tan\nLiceum,5\n", source)) == {("Liceum", "Mei Lin Tan", "letter"): 5}


def test_every_word_for_a_heading_is_documented() -> None:
    """The README beside the reader lists each word."""
    readme = (Path(producers.channels.sheet.__path__[0]) / "README.md").read_text()
    assert [word for words in HEADINGS.values() for word in words if f"`{word}`" not in readme] == []

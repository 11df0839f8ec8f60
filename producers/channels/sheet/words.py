"""The words of sheets: what a heading, a totals row or a kind is called in the languages that sheets come in. Pure."""

import unicodedata
from typing import Final, Literal

from schemas.report import Kind

Meaning = Literal["event", "city", "country", "written_at", "case", "letters", "kind", "notes"]

HEADINGS: Final[dict[Meaning, tuple[str, ...]]] = {
    "event": (
        *("event", "venue", "group", "school", "class", "evento", "actividad", "grupo", "escuela", "colegio"),
        *("événement", "groupe", "école", "classe", "wydarzenie", "grupa", "szkoła", "klasa"),
        *("veranstaltung", "gruppe", "schule", "klasse", "فعالية", "الفعالية", "الحدث", "المجموعة", "المدرسة"),
    ),
    "city": (
        *("city", "town", "place", "ciudad", "localidad", "lugar", "ville", "lieu", "miasto", "miejscowość", "miejsce"),
        *("stadt", "ort", "مدينة", "المدينة", "المكان"),
    ),
    "country": ("country", "país", "pays", "kraj", "land", "بلد", "البلد", "الدولة"),
    "written_at": ("date", "day", "fecha", "día", "jour", "data", "dzień", "datum", "tag", "تاريخ", "التاريخ"),
    "case": ("case", "caso", "cas", "sprawa", "przypadek", "fall", "حالة", "الحالة", "القضية"),
    "letters": (
        *("letters", "number of letters", "count", "number", "cartas", "número de cartas", "cantidad", "número"),
        *("lettres", "nombre de lettres", "nombre", "listy", "liczba listów", "liczba", "ilość"),
        *("briefe", "anzahl briefe", "anzahl der briefe", "anzahl", "رسائل", "الرسائل", "عدد الرسائل", "العدد"),
    ),
    "kind": ("kind", "type", "tipo", "rodzaj", "typ", "art", "نوع", "النوع"),
    "notes": (
        *("notes", "note", "comments", "remarks", "notas", "observaciones", "comentarios", "remarques"),
        *("commentaires", "uwagi", "bemerkungen", "anmerkungen", "notizen", "ملاحظات"),
    ),
}
TOTALS: Final = (
    *("total", "totals", "grand total", "subtotal", "sum", "suma", "razem", "łącznie", "ogółem", "total general"),
    *("total général", "sous-total", "somme", "gesamt", "gesamtsumme", "summe", "insgesamt", "zwischensumme"),
    *("المجموع", "مجموع", "الإجمالي", "إجمالي"),
)
KINDS: Final[dict[Kind, tuple[str, ...]]] = {
    "letter": (
        *("letter", "letters", "carta", "cartas", "lettre", "lettres", "list", "listy", "brief", "briefe"),
        *("رسالة", "رسائل"),
    ),
    "email": (
        *("email", "e-mail", "emails", "e-mails", "correo", "correos", "courriel", "courriels", "mail", "mejl"),
        *("بريد إلكتروني",),
    ),
    "card": (
        "card",
        "cards",
        "postcard",
        "tarjeta",
        "tarjetas",
        "carte",
        "cartes",
        "kartka",
        "kartki",
        "karte",
        "بطاقة",
    ),
    "signature": ("signature", "signatures", "firma", "firmas", "podpis", "podpisy", "unterschrift", "توقيع"),
    "post": ("post", "posts", "publicación", "publication", "wpis", "beitrag", "منشور"),
    "solidarity": ("solidarity", "solidaridad", "solidarité", "solidarność", "solidarität", "تضامن"),
}


def plain(said: str) -> str:
    """Return what was said without case, accents, marks of direction and punctuation: how two names are compared."""
    spread = unicodedata.normalize("NFKD", said.casefold())
    kept = (" " if not char.isalnum() else char for char in spread if unicodedata.category(char) not in {"Mn", "Cf"})
    return " ".join("".join(kept).split())


_MEANINGS: Final = {plain(word): meaning for meaning, words in HEADINGS.items() for word in words}
_TOTALS: Final = tuple(plain(word) for word in TOTALS)
_KINDS: Final = {plain(word): kind for kind, words in KINDS.items() for word in words}


def meaning_of(heading: str) -> Meaning | None:
    """Return what a heading says that its column holds."""
    return _MEANINGS.get(plain(heading))


def says_total(said: str) -> bool:
    """Return whether a cell announces a sum: a word for it, alone or with more words behind it."""
    known = plain(said)
    return any(known == word or known.startswith(word + " ") for word in _TOTALS)


def is_total(said: str) -> bool:
    """Return whether a cell is a word for a sum and nothing else."""
    return plain(said) in _TOTALS


def kind_named(said: str) -> Kind | None:
    """Return the kind of writing that a cell names."""
    return _KINDS.get(plain(said))

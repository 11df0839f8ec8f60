"""What pages say, and what catalogues make of it."""

import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

_PLACEHOLDER: Final = re.compile(r"%\(\w+\)s")


def said_by(pages: ModuleType) -> Catalog:
    """Extract what the pages of a package say, as `make messages` does."""
    catalog = Catalog()
    methods = [("*.py", "python"), ("templates/*.html", "jinja2")]
    for _, _, message, _, context in extract_from_dir(str(files(pages)), methods, {"**": {}}):
        catalog.add(message, context=context)
    return catalog


def translated(pages: ModuleType, language: str) -> Catalog:
    """Return a package's catalogue of a language."""
    domain = pages.__name__.rpartition(".")[2]
    with (Path(str(files(pages))) / "locales" / language / "LC_MESSAGES" / f"{domain}.po").open("rb") as file:
        return read_po(file, locale=language)


def check_complete(said: Catalog, catalog: Catalog, language: str) -> None:
    """Fail unless every message is translated in all its plural forms, and no other one."""
    assert {message.id for message in catalog if message.id} == {message.id for message in said if message.id}
    assert catalog.num_plurals == Catalog(locale=language).num_plurals
    for message in catalog:
        if message.id:
            assert not message.fuzzy, message.id
            assert all(form.strip() for _, form in _forms(message)), message.id
            if not isinstance(message.id, str):
                assert len(message.string) == catalog.num_plurals, message.id


def check_placeholders(catalog: Catalog) -> None:
    """Fail unless every translation has the placeholders of its message."""
    for message in catalog:
        pairs = list(_forms(message)) if message.id else []
        for original, form in pairs:
            wanted, found = _PLACEHOLDER.findall(original), _PLACEHOLDER.findall(form)
            # A plural form for one number alone may say it in words.
            assert sorted(found) == sorted(wanted) or (len(pairs) > 1 and form != pairs[-1][1] and not found)


def _forms(message: Message) -> Iterator[tuple[str, str]]:
    """Yield each translated form beside what it is made from, of which the last one is for the most numbers."""
    if isinstance(message.id, str):
        yield message.id, str(message.string)
    else:
        yield from ((message.id[1], form) for form in message.string)

"""How templates are filled, of pages and widgets alike: all that is said is escaped, and nothing is left unsaid."""

from jinja2 import Environment, PackageLoader, StrictUndefined

from schemas.reader import Reader


def environment_of(package: str, reader: Reader) -> Environment:
    """Return what fills a package's templates in the reader's language."""
    environment = Environment(
        loader=PackageLoader(package),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_translations(reader.translations, newstyle=True)  # type: ignore[attr-defined]  # of the extension
    return environment

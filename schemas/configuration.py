"""Files that people write (TOML): read into a model, or an error that names file, line and remedy."""

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from schemas.complaints import complaint_of

Model = TypeVar("Model", bound=BaseModel)


class ConfigurationError(Exception):
    """A file can't be used; the message names file, line and remedy."""


def files_of(path: Path, variable: str, remedy: str) -> list[Path]:
    """Return the file, or every *.toml of the folder; raises ConfigurationError where there is none."""
    files = sorted(path.glob("*.toml")) if path.is_dir() else [path]
    if not files:
        raise ConfigurationError(f"{path}: expected a .toml file, found none: {remedy}")
    if not path.exists():
        raise ConfigurationError(f"{path}: there is no such file or folder: set {variable} to one")
    return files


def read_text(file: Path) -> str:
    """Return the text; raises ConfigurationError where it can't be read as UTF-8."""
    try:
        return file.read_text("utf-8-sig")
    except OSError as error:
        raise ConfigurationError(f"{file}: {error.strerror}: make it a file that can be read") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(f"{file}:{line}: expected UTF-8: save it so") from None


def parse(file: Path, text: str, model: type[Model], tables: Sequence[str], remedy: str) -> Model:
    """Return the model; `tables` are the names of its tables and arrays of tables. Raises ConfigurationError."""
    try:
        return model.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        position = re.search(r"at line (\d+)", str(error))  # else it says "at end of document"
        line = int(position[1]) if position else text.count("\n") + 1
        raise ConfigurationError(f"{file}:{line}: {error}: {remedy}") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        location = first["loc"] or tuple(first.get("ctx", {}).get("where", ()))
        where = ".".join(map(str, location)) or file.stem
        line = line_of(text, location, tables)
        raise ConfigurationError(f"{file}:{line}: {where}: {complaint_of(first)}: {remedy}") from None


def line_of(text: str, location: Sequence[Any], tables: Sequence[str]) -> int:
    """Return the line (from 1) of a key such as ("cases", 1, "name"), or of the table it is missing from."""
    table = location[0] if location and location[0] in tables else None
    wanted = next((part for part in location if isinstance(part, int)), 0)
    a_key = re.compile(rf"\s*[\"']?{re.escape(str(location[-1] if location else ''))}[\"']?\s*=")
    found, current, seen = 1, None, dict.fromkeys(tables, -1)
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[+\s*([\w-]+)\s*\]+\s*(#.*)?$", line):
            current = header[1]
            seen[current] = seen.get(current, -1) + 1
            found = number if (current, seen[current]) == (table, wanted) else found
        elif current == table and (table is None or seen[table] == wanted) and a_key.match(line):
            return number
    return found

"""Reading forgelake.toml, and finding the line on which a key stands.

tomllib tells no lines of what it read, so the line is looked for in the text; an unusual spelling has none.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from forgelake.model.errors import ConfigurationError

FILE_NAME = "forgelake.toml"

_HEADER = re.compile(r"""^\s*\[([\w\s."'-]+)\]""")
_KEY = re.compile(r"""^\s*((?:["']?[\w-]+["']?\s*\.\s*)?["']?[\w-]+["']?)\s*=""")
_WHERE = re.compile(r" ?\(at (?:line (\d+), column (\d+)|end of document)\)$")
_QUOTES = re.compile(r"""["'\s]""")


@dataclass(frozen=True, slots=True)
class TomlFile:
    """A file of settings, read.

    Attributes:
        path: where it is.
        values: what it says.
        lines: the line of each key and section that was found, by its name with a dot.
    """

    path: Path
    values: Mapping[str, object]
    lines: Mapping[str, int]

    def place(self, dotted: str) -> str:
        """E.g. ``/srv/forgelake.toml, line 3``."""
        line = self.lines.get(dotted)
        return f"{self.path}, line {line}" if line else str(self.path)


def read(path: Path) -> TomlFile:
    """Read a file of settings.

    Raises:
        ConfigurationError: it cannot be read or is not TOML; the message names line and column.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}"
        raise ConfigurationError(message) from error
    except UnicodeDecodeError as error:
        message = f"{path} is not UTF-8: byte {error.start} cannot be read"
        raise ConfigurationError(message) from error
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(_syntax_message(path, str(error), text)) from error
    return TomlFile(path, values, _lines(text))


def _syntax_message(path: Path, said: str, text: str) -> str:
    where = _WHERE.search(said)
    if where is None:
        return f"{path} is not TOML: {said}"
    last = text.split("\n")
    line, column = where.groups() if where[1] else (len(last), len(last[-1]) + 1)
    return f"{path}, line {line}, column {column}: not TOML: {said[: where.start()]}"


def _lines(text: str) -> dict[str, int]:
    lines: dict[str, int] = {}
    section = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            section = _QUOTES.sub("", header[1])
            lines.setdefault(section, number)
        elif key := _KEY.match(line):
            name = _QUOTES.sub("", key[1])
            lines.setdefault(f"{section}.{name}" if section else name, number)
    return lines

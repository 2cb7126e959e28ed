"""YAML with places: every value can be told with its line.

Plain values are read as YAML 1.1 says, dates and instants included; a key given twice is a fault, not a last word.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from forgelake.model.errors import ConfigurationError

_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The same in C where PyYAML was built with it: ten times as fast."""


class DefinitionError(ConfigurationError):
    """A metric's file is wrong; the message has file, line, the bad value and the good ones, for all that is wrong."""


@dataclass(frozen=True, slots=True)
class YamlFile:
    """A file's values, and where they stand."""

    path: Path
    values: Any
    node: yaml.Node

    def line(self, place: tuple[str | int, ...]) -> int:
        """The line (from 1) of a value, or of the innermost value around it that is there."""
        node = self.node
        line = _line(node)
        for part in place:
            found = _inner(node, part)
            if found is not None:
                key, node = found
                line = _line(key)
        return line

    def error(self, problems: list[tuple[tuple[str | int, ...], str]]) -> DefinitionError:
        """All problems as one error, in the order of their lines."""
        told = sorted((self.line(place), ".".join(map(str, place)), said) for place, said in problems)
        lines = [f"{self.path}:{line}: {where}{': ' if where else ''}{said}" for line, where, said in told]
        return DefinitionError("\n".join(lines))


def read_yaml(path: Path) -> YamlFile:
    """Read one YAML file.

    Raises:
        DefinitionError: it cannot be read, is not YAML, or has a key twice.
    """
    try:
        text = path.read_text(encoding="utf-8")
        node, values = _parsed(text)
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path}: it cannot be read: {error}"
        raise DefinitionError(message) from error
    except (yaml.YAMLError, ValueError) as error:
        raise DefinitionError(_said(path, error)) from error
    if node is None:
        message = f"{path}:1: the file is empty"
        raise DefinitionError(message)
    file = YamlFile(path, values, node)
    if twice := list(_twice(node)):
        message = "\n".join(f"{path}:{_line(key)}: {key.value} is there twice" for key in twice)
        raise DefinitionError(message)
    return file


def _parsed(text: str) -> tuple[yaml.Node | None, Any]:
    loader = _LOADER(text)
    try:
        node = loader.get_single_node()
        return node, None if node is None else loader.construct_document(node)
    finally:
        loader.dispose()


def _said(path: Path, error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return f"{path}: this is not YAML: {error}"
    return f"{path}:{mark.line + 1}: this is not YAML: {getattr(error, 'problem', error)}"


def _line(node: yaml.Node) -> int:
    return node.start_mark.line + 1


def _inner(node: yaml.Node, part: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        return next(((key, value) for key, value in node.value if key.value == str(part)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part]
    return None


def _twice(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if str(key.value) in seen:
                yield key
            seen.add(str(key.value))
            yield from _twice(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _twice(value)

"""docs/settings.md and forgelake.toml.example say what the models say, no more and no less."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from forgelake.settings import load
from forgelake.settings.keys import (
    CONFIG_VARIABLE,
    KEYS,
    NAMED_KEYS,
    RESERVED,
    SHORTHANDS,
    STANDARD,
    VARIABLE_ONLY,
    VARIABLES,
)

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "forgelake.toml.example"


def rows() -> dict[str, tuple[str, ...]]:
    """The page's tables: variable, default and meaning by the key's name with a dot."""
    found: dict[str, tuple[str, ...]] = {}
    section = ""
    for line in PAGE.splitlines():
        if line.startswith("## "):
            section = line.removeprefix("## ").strip("[]") if line.startswith("## [") else ""
        cells = tuple(cell.strip().strip("`") for cell in line.strip("|").split("|"))
        if line.startswith("| `"):
            found[f"{section}.{cells[0]}" if section else cells[0]] = cells[1:]
    return found


def test_the_page_has_every_setting_with_its_variable_default_and_meaning() -> None:
    named = {key.dotted: ("", key.default, key.description) for key in NAMED_KEYS.values()}
    with_variables = {key.dotted: (key.variable, key.default, key.description) for key in KEYS.values()}
    assert rows() == {**with_variables, **named}


def test_every_setting_has_a_meaning() -> None:
    assert [dotted for dotted, key in {**KEYS, **NAMED_KEYS}.items() if not key.description] == []


def test_the_page_names_every_variable_and_no_other() -> None:
    named = set(re.findall(r"\b(?:FORGELAKE|AWS|OTEL)_[A-Z0-9_]*[A-Z0-9]\b", PAGE)) - {"AWS", "FORGELAKE"}
    assert named == {*VARIABLES, *SHORTHANDS, *STANDARD, *RESERVED, CONFIG_VARIABLE}


def test_the_example_loads_to_the_defaults(tmp_path: Path) -> None:
    (tmp_path / "forgelake.toml").write_text(EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    assert load({}, tmp_path) == load({}, tmp_path / "elsewhere", {"home": tmp_path / "forgelake-data"})


def test_the_example_has_every_key() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    uncommented = re.sub(r"^# (\w+ = )", r"\1", text, flags=re.MULTILINE)
    assert set(flat(tomllib.loads(uncommented))) == set(KEYS) - set(VARIABLE_ONLY)


def flat(values: dict[str, Any], above: str = "") -> Iterator[str]:
    """The names of all keys, with their sections before them."""
    for name, value in values.items():
        if isinstance(value, dict):
            yield from flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}"

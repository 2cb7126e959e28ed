"""Tables on a terminal or in Markdown, and what has to be said with every number."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version

MACHINE = "2 shared cores"


@dataclass(frozen=True, slots=True)
class Table:
    """A result: numbers as texts, with the units in the column names.

    Attributes:
        notes: sentences that belong below it.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = field(default_factory=tuple)


def machine() -> str:
    """The machine's kind and how busy it is; a number measured on a busy machine says little."""
    loads = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    return f"{MACHINE}, load average {loads}"


def versions(*packages: str) -> str:
    """Installed versions, e.g. ``duckdb 1.5.5, polars 2.1.0``."""
    return ", ".join(f"{package} {version(package)}" for package in packages)


def show(table: Table, *, markdown: bool) -> None:
    """Print a table; the first column holds names and the others numbers."""
    print("\n".join(_markdown(table) if markdown else _text(table)) + "\n")


def _text(table: Table) -> list[str]:
    widths = [max(map(len, cells)) for cells in zip(table.columns, *table.rows, strict=True)]
    lines = ["  ".join(_aligned(cells, widths)).rstrip() for cells in (table.columns, *table.rows)]
    return [table.title, "-" * len(table.title), *lines, *table.notes]


def _markdown(table: Table) -> list[str]:
    rule = ["---", *["---:"] * (len(table.columns) - 1)]
    lines = [f"| {' | '.join(cells)} |" for cells in (table.columns, rule, *table.rows)]
    notes = ["", *[f"- {note}" for note in table.notes]] if table.notes else []
    return [f"### {table.title}", "", *lines, *notes]


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    name, *numbers = cells
    return [name.ljust(widths[0]), *[cell.rjust(width) for cell, width in zip(numbers, widths[1:], strict=True)]]

"""Answers on stdout: a table on a terminal, a format for machines elsewhere."""

import shutil
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from rich.console import Console
from rich.table import Table

from forgelake.model.coverage import percent

if TYPE_CHECKING:
    import pyarrow as pa

Format: TypeAlias = Literal["table", "csv", "json", "parquet", "arrow"]

MOST_ROWS = 200
"""Rows that a table on a terminal shows; the other formats show all."""

_WIDEST = 80


def show(answer: "pa.RecordBatchReader", chosen: Format | None) -> None:
    """Write an answer to stdout.

    Args:
        answer: batches of rows, read as they are written.
        chosen: the format; None for a table on a terminal and CSV elsewhere.
    """
    form = chosen or ("table" if sys.stdout.isatty() else "csv")
    if form == "table":
        _table(answer)
        return
    with tempfile.TemporaryDirectory(prefix="forgelake-") as folder:
        file = Path(folder) / "answer"
        _write(answer, form, file)
        with file.open("rb") as written:
            shutil.copyfileobj(written, sys.stdout.buffer)
        sys.stdout.buffer.flush()


def show_rows(rows: list[dict[str, object]], columns: list[str], chosen: Format | None) -> None:
    """Write rows given as dictionaries; ``columns`` says which and in what order."""
    import pyarrow as pa

    if rows:
        table = pa.Table.from_pylist([{name: row[name] for name in columns} for row in rows])
    else:
        table = pa.table({name: pa.array([], pa.string()) for name in columns})
    show(table.to_reader(), chosen)


def show_notes(notes: list[tuple[str, str]]) -> None:
    """Write sentences to stdout whole, each below what it is about; a table would cut them."""
    console = Console()
    for title, text in notes:
        console.print(title, style="bold", highlight=False, markup=False)
        console.print(f"  {text}", highlight=False, markup=False, soft_wrap=True)


def is_for_a_person(chosen: Format | None) -> bool:
    """Whether an answer goes to a terminal, in no format that was asked for."""
    return chosen is None and sys.stdout.isatty()


def tell(text: str) -> None:
    """Say something on stderr, where it mixes with no data."""
    sys.stderr.write(text + "\n")


def _write(answer: "pa.RecordBatchReader", form: str, file: Path) -> None:
    import pyarrow as pa

    from forgelake.engines.duckdb import connect

    if form == "arrow":
        with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_stream(sink, answer.schema) as stream:
            for batch in answer:
                stream.write_batch(batch)
        return
    connection = connect(extensions=("icu",))
    connection.register("answer", answer)
    options = {
        "csv": "FORMAT csv, HEADER",
        "json": "FORMAT json, ARRAY true",
        "parquet": "FORMAT parquet, COMPRESSION zstd",
    }
    shown = ", ".join(_in_iso(field) if form != "parquet" else _named(field) for field in answer.schema)
    # Names are quoted and the file is ours.
    connection.execute(f"COPY (SELECT {shown} FROM answer) TO '{file}' ({options[form]})")  # noqa: S608


def _in_iso(field: "pa.Field") -> str:
    """A column in SQL; instants as ISO 8601 with Z, as every other answer has them."""
    name = _named(field)
    if not str(field.type).startswith("timestamp[") or field.type.tz is None:
        return name
    below = f"CASE WHEN microsecond({name}) % 1000000 = 0 THEN '' ELSE strftime({name}, '.%f') END"
    return f"strftime({name}, '%Y-%m-%dT%H:%M:%S') || {below} || 'Z' AS {name}"


def _named(field: "pa.Field") -> str:
    return '"' + field.name.replace('"', '""') + '"'


def _table(answer: "pa.RecordBatchReader") -> None:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for field in answer.schema:
        numeric = str(field.type).startswith(("int", "uint", "float", "double", "decimal"))
        table.add_column(field.name, justify="right" if numeric else "left", overflow="fold")
    shown = total = 0
    for batch in answer:
        total += len(batch)
        for row in batch.slice(0, max(0, MOST_ROWS - shown)).to_pylist():
            table.add_row(*(_cell(name, row[name]) for name in answer.schema.names))
            shown += 1
    console = Console()
    console.print(table)
    if total > shown:
        console.print(f"… {total - shown:,} more rows; add LIMIT, or --format csv for all", style="dim")


def _cell(name: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, int | float):
        return _number(name, value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    # Names and titles come from strangers: no control characters reach the terminal, no markup is read.
    clean = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return (clean if len(clean) <= _WIDEST else clean[: _WIDEST - 1] + "…").replace("[", r"\[")


def _number(name: str, value: float) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        # Ids are names made of digits.
        return str(value) if name == "id" or name.endswith("_id") else f"{value:,}"
    return percent(value) if name == "share" else f"{value:,.4g}"

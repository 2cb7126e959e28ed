"""``forgelake metrics``: what can be asked, and the answers with their coverage."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from cyclopts import App, Parameter

from forgelake.cli.collect import DONE, DONE_WITH_GAPS, lake
from forgelake.cli.show import Format, show, show_rows, tell
from forgelake.cli.sql import Engine
from forgelake.model.coverage import percent
from forgelake.model.errors import UsageError

if TYPE_CHECKING:
    from forgelake.metrics.answer import Answer
    from forgelake.metrics.catalogue import Catalogue

FAILED = 1
GAPS_TOLD = 5

app = App(name="metrics", help="Ask for numbers that are declared once and answered with their coverage.")

From = Annotated[str | None, Parameter(name="--from")]
Dialect: TypeAlias = Literal["duckdb", "spark", "athena", "trino"]


@app.command(name="list")
def list_(*, format: Format | None = None) -> None:  # noqa: A002 - the option's public name
    """List every metric.

    Args:
        format: table, csv, json, parquet or arrow.
    """
    columns = ["name", "title", "kind", "unit", "parameters", "description"]
    rows: list[dict[str, object]] = [
        {
            "name": metric.name,
            "title": metric.title,
            "kind": metric.kind,
            "unit": metric.unit,
            "parameters": ", ".join(metric.parameters),
            "description": metric.description,
        }
        for metric in _catalogue()
    ]
    show_rows(rows, columns, format)


@app.command(name="show")
def show_definition(name: str, /, *, json: bool = False) -> None:
    """Show a metric's definition.

    Args:
        name: The metric, e.g. events.
        json: As JSON, as the web API gives it, instead of its file.
    """
    catalogue = _catalogue()
    if json:
        from forgelake.metrics.formats import definition_json

        sys.stdout.write(definition_json(catalogue.get(name)).decode() + "\n")
    else:
        sys.stdout.write(catalogue.file(name).read_text(encoding="utf-8"))


@app.command
def run(
    name: str,
    /,
    *,
    from_: From = None,
    to: str | None = None,
    interval: str | None = None,
    engine: Engine | None = None,
    format: Format | None = None,  # noqa: A002 - the option's public name
    **parameters: str,
) -> int:
    """Answer a metric. Exit code 3 says that something of the period is missing; what, is told on stderr.

    Args:
        name: The metric, e.g. events.
        from_: Begin of the period, UTC: a date or an instant; 30 days before its end if left out.
        to: End of the period, UTC, excluded; the last whole hour if left out.
        interval: Of a series: h, d, w, m, q or y, or hour, day, week, month, quarter, year.
        engine: duckdb or spark; the setting engine if left out.
        format: table, csv, json, parquet or arrow; a table on a terminal and csv elsewhere if left out.
        parameters: The metric's own, e.g. --repo torvalds/linux --limit 20; see: forgelake metrics show NAME.
    """
    from forgelake.app import compose
    from forgelake.metrics.answer import answer
    from forgelake.metrics.binding import bind

    metric = _catalogue().get(name)
    given = _given(parameters, from_, to, interval)
    with lake({"engine": engine}) as context, compose.engine(context.settings) as other:
        found = answer(context.lake, bind(metric, given, context.clock()), engine=other)
    _write(found, format or ("table" if sys.stdout.isatty() else "csv"))
    _tell_coverage(found)
    for note in found.notes:
        tell(f"note: {note}")
    # Where nothing is expected nothing is complete.
    return DONE_WITH_GAPS if found.coverage.gaps or (found.notes and not found.coverage.expected) else DONE


@app.command
def sql(
    name: str,
    /,
    *,
    dialect: Dialect = "duckdb",
    from_: From = None,
    to: str | None = None,
    interval: str | None = None,
    **parameters: str,
) -> None:
    """Show the SQL that answers a metric, for DuckDB or for an engine that reads the lake's tables itself.

    DuckDB's is for forgelake sql. The others read the tables as forgelake.events and so on; what cannot be had there
    exactly is refused, and docs/engines.md lists it.

    Args:
        name: The metric, e.g. events.
        dialect: duckdb, spark, athena or trino.
        from_: Begin of the period; see forgelake metrics run.
        to: End of the period, excluded.
        interval: Of a series: h, d, w, m, q or y.
        parameters: The metric's own.
    """
    from forgelake.app.compose import settings
    from forgelake.engines.dialects.dialect import UntranslatableError
    from forgelake.engines.dialects.translate import DIALECTS
    from forgelake.metrics import elsewhere
    from forgelake.metrics.binding import bind

    given = _given(parameters, from_, to, interval)
    bound = bind(_catalogue().get(name), given, settings().clock())
    try:
        sys.stdout.write(elsewhere.sql(bound, DIALECTS[dialect]) + "\n")
    except UntranslatableError as error:
        reason = str(error).partition("; ")[0]
        message = f"{reason}; it can be had by --dialect {' or '.join(elsewhere.able(bound))}"
        raise UsageError(message) from error


@app.command
def check(*paths: Path) -> int:
    """Check definitions and run their tests.

    Args:
        paths: Files and folders; every metric that there is if left out.
    """
    from forgelake.app.compose import settings
    from forgelake.metrics import checking
    from forgelake.metrics.catalogue import folders

    for path in paths:
        if not path.exists():
            message = f'there is no file or folder "{path}"'
            raise UsageError(message)
    files = checking.metric_files(paths or folders(settings().metrics.folder))
    problems = 0
    for file in files:
        checked = checking.check(file)
        problems += len(checked.problems)
        if not checked.problems:
            sys.stdout.write(f"{checked.name}: {checked.cases} cases passed\n")
        for problem in checked.problems:
            tell(problem)
    tell(f"{len(files)} metrics checked, {problems or 'no'} problems")
    return FAILED if problems or not files else DONE


@app.command
def new(name: str, /, *, folder: Path | None = None) -> None:
    """Begin a metric of your own: a definition and its test, to be changed.

    Args:
        name: Its name, in small letters with _.
        folder: Where to; the folder in metrics.folder, or the working folder, if left out.
    """
    from forgelake.app.compose import settings
    from forgelake.metrics.new import create

    own = settings().metrics.folder
    for path in create(name, folder or own or Path()):
        sys.stdout.write(f"{path}\n")
    if own is None:
        tell("name the folder in metrics.folder (FORGELAKE_METRICS_FOLDER), and the metric can be asked by its name")


def _given(parameters: dict[str, str], from_: str | None, to: str | None, interval: str | None) -> dict[str, str]:
    period = {"from": from_, "to": to, "interval": interval}
    own = {option.replace("-", "_"): value for option, value in parameters.items()}
    return own | {option: value for option, value in period.items() if value is not None}


def _catalogue() -> "Catalogue":
    from forgelake.app.compose import settings
    from forgelake.metrics.catalogue import Catalogue, folders

    return Catalogue.load(folders(settings().metrics.folder))


def _write(answer: "Answer", form: Format) -> None:
    from forgelake.metrics.formats import FORMATS

    if form == "table":
        show(answer.table.to_reader(), form)
    else:
        sys.stdout.buffer.write(FORMATS[form](answer))
        sys.stdout.buffer.flush()


def _tell_coverage(answer: "Answer") -> None:
    coverage = answer.coverage
    share = "" if coverage.share is None else f" ({percent(coverage.share)})"
    as_of = f", as of {answer.as_of:%Y-%m-%dT%H:%MZ}" if answer.as_of else ""
    tell(f"coverage: {coverage.received:,} of {coverage.expected:,} {coverage.unit}s{share}{as_of}")
    for gap in coverage.gaps[:GAPS_TOLD]:
        tell(f"  missing {gap.start:%Y-%m-%dT%H} to {gap.end:%Y-%m-%dT%H}: {gap.reason}")
    if len(coverage.gaps) > GAPS_TOLD:
        tell(f"  and {len(coverage.gaps) - GAPS_TOLD:,} more gaps; --format json lists all")

"""Checking a metric: its file, its SQL against an empty lake, and every case of its test file."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from forgelake.metrics.answer import answer_from
from forgelake.metrics.binding import Bound, bind
from forgelake.metrics.case_lake import case_lake, in_utc
from forgelake.metrics.cases import ENDING, Case, read_cases, tests_beside
from forgelake.metrics.consistency import Place
from forgelake.metrics.definition import Metric
from forgelake.metrics.reading import read
from forgelake.metrics.values import ParameterError, as_text
from forgelake.metrics.yaml_file import DefinitionError, YamlFile, read_yaml
from forgelake.model.errors import ForgelakeError
from forgelake.model.hours import Hour, hours_between

CLOSE: Final = 1e-9
"""How far apart two numbers may be and still count as the same, in proportion."""

_LINE: Final = "\n\nLINE "
"""With this DuckDB begins to tell the place of a fault in the SQL."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What checking a metric's file found: nothing wrong if ``problems`` is empty."""

    path: Path
    name: str
    cases: int
    problems: tuple[str, ...]


def metric_files(paths: Iterable[Path]) -> list[Path]:
    """The definitions among some files and folders."""
    listed = (file for path in paths for file in (sorted(path.glob("*.yaml")) if path.is_dir() else [path]))
    return [file for file in listed if not file.name.endswith(ENDING)]


def check(path: Path) -> Checked:
    """Check one definition and its tests."""
    try:
        metric = read(path)
        _check_example(metric, read_yaml(path))
        tests, cases = read_cases(tests_beside(path))
    except DefinitionError as error:
        return Checked(path, path.stem, 0, tuple(str(error).splitlines()))
    problems = [
        f"{tests.path}:{tests.line((number, *place))}: {case.name}: {said}"
        for number, case in enumerate(cases)
        for place, said in _problems(metric, case)
    ]
    return Checked(path, metric.name, len(cases), tuple(problems))


def _check_example(metric: Metric, file: YamlFile) -> None:
    try:
        bound = bind(metric, _texts(metric.example), datetime.now(UTC))
        with case_lake([], []) as empty:
            answer_from(empty, bound, bound.end)
    except ParameterError as error:
        raise file.error([(("example", error.parameter), str(error))]) from error
    except ForgelakeError as error:
        said, found, rest = str(error).partition(_LINE)
        number = rest.partition(":")[0]
        line = f" (line {file.line(('sql',)) + int(number)})" if found and number.isdecimal() else ""
        raise file.error([(("sql",), " ".join(said.split()) + line)]) from error


def _problems(metric: Metric, case: Case) -> Iterator[tuple[Place, str]]:
    try:
        bound = bind(metric, _texts(case.parameters), datetime.now(UTC))
        hours = case.hours if case.hours is not None else _all_hours(bound, case)
        with case_lake(case.events, hours, case.rows) as snapshot:
            rows = answer_from(snapshot, bound, bound.end).table.to_pylist()
    except ForgelakeError as error:
        yield ("parameters",), str(error)
        return
    columns = [column.name for column in metric.columns]
    for number, (got, wanted) in enumerate(zip(rows, case.expect, strict=False)):
        for name in wanted:
            if name not in columns:
                yield ("expect", number, name), f'there is no column "{name}"; there are {", ".join(columns)}'
            elif not _same(got[name], wanted[name]):
                yield ("expect", number, name), f"{name} is {_shown(got[name])}, expected {_shown(wanted[name])}"
    if len(rows) != len(case.expect):
        listed = "".join(f"\n    {_shown_row(row)}" for row in rows)
        yield ("expect",), f"{len(rows)} rows, expected {len(case.expect)}{':' if rows else ''}{listed}"


def _all_hours(bound: Bound, case: Case) -> Iterable[Hour]:
    """The hours of the period, and before it the period compared with, or as far as a metric looks back on rows."""
    earliest = min([bound.start, *(in_utc(event["created_at"]) for event in case.events)])
    first = earliest if bound.metric.lookback else bound.start
    if bound.metric.compares:
        first = bound.reach.start
    return hours_between(Hour.containing(first), Hour.containing(bound.end - timedelta(microseconds=1)))


def _texts(given: Mapping[str, Any]) -> dict[str, str]:
    return {name: as_text(value) for name, value in given.items()}


def _same(got: object, wanted: object) -> bool:
    match got:
        case float() if isinstance(wanted, int | float) and not isinstance(wanted, bool):
            return math.isclose(got, wanted, rel_tol=CLOSE, abs_tol=CLOSE)
        case datetime() if wanted is not None:
            return _instant(wanted) == got
        case date() if wanted is not None:
            return got.isoformat() == as_text(wanted)
        case _:
            return type(got) is type(wanted) and got == wanted


def _instant(wanted: object) -> datetime | None:
    try:
        return in_utc(datetime.fromisoformat(as_text(wanted)))
    except ValueError:
        return None


def _shown_row(row: Mapping[str, object]) -> str:
    return "{" + ", ".join(f"{name}: {_shown(value)}" for name, value in row.items()) + "}"


def _shown(value: object) -> str:
    return as_text(value) if isinstance(value, date) else repr(value)

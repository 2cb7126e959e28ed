"""A metric's test file: a few rows in, the expected answer out."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from forgelake.lake.catalog import TABLES
from forgelake.lake.columns import Era
from forgelake.lake.events import EVENTS
from forgelake.metrics.consistency import Problem
from forgelake.metrics.parameters import Declared
from forgelake.metrics.reading import validated
from forgelake.metrics.yaml_file import DefinitionError, YamlFile, read_yaml
from forgelake.model.errors import UsageError, nearest
from forgelake.model.hours import Hour

ENDING = ".test.yaml"
_COLUMNS = [column.name for column in EVENTS.columns]
_REQUIRED = ("type", "created_at")


class Case(Declared):
    """One question with its answer."""

    name: Annotated[str, Field(min_length=1, description="what it shows")]
    events: Annotated[tuple[dict[str, Any], ...], Field(strict=False)] = Field(
        (), description="rows of events; columns left out are NULL"
    )
    rows: dict[str, list[dict[str, Any]]] = Field(
        default_factory=dict, description="rows of other tables; columns left out are NULL"
    )
    received: tuple[Any, ...] | None = Field(
        None,
        strict=False,
        description="archive hours received, or days of what is collected daily; all of the period if left out",
    )
    parameters: dict[str, Any] = Field(default_factory=dict, description="the question")
    expect: Annotated[tuple[dict[str, Any], ...], Field(strict=False)] = Field(description="rows of the answer")

    @property
    def hours(self) -> list[Hour] | None:
        """The hours of ``received``."""
        return None if self.received is None else [_hour(given) for given in self.received]


def tests_beside(metric_file: Path) -> Path:
    """Where the tests of a metric's file are."""
    return metric_file.with_name(metric_file.stem + ENDING)


def read_cases(path: Path) -> tuple[YamlFile, list[Case]]:
    """The cases of a test file, with the file to tell lines by.

    Raises:
        DefinitionError: the file cannot be read, or something in it is wrong.
    """
    if not path.is_file():
        message = f"{path}: there is no such test file; see what forgelake metrics new writes"
        raise DefinitionError(message)
    file = read_yaml(path)
    if not isinstance(file.values, list) or not file.values:
        raise file.error([((), "it should be a list of cases, each with name, events, parameters and expect")])
    cases = [validated(file, Case, given, (number,)) for number, given in enumerate(file.values)]
    problems = [problem for number, case in enumerate(cases) for problem in _problems(number, case)]
    if problems:
        raise file.error(problems)
    return file, cases


def _problems(number: int, case: Case) -> list[Problem]:
    found: list[Problem] = []
    for row, event in enumerate(case.events):
        place = (number, "events", row)
        found += [(place, f"{name} is missing") for name in _REQUIRED if name not in event]
        for name in event.keys() - set(_COLUMNS):
            found.append(((*place, name), f'events has no column "{name}"{nearest(str(name), _COLUMNS)}'))
        if not isinstance(event.get("created_at"), datetime | None):
            found.append(((*place, "created_at"), "it should be an instant like 2016-01-01T01:00:00Z"))
        if event.get("era", Era.API_2015) not in list(Era):
            found.append(((*place, "era"), f'"{event["era"]}" is no era; there are {", ".join(Era)}'))
    for place, given in enumerate(case.received or ()):
        try:
            _hour(given)
        except UsageError as error:
            found.append(((number, "received", place), str(error)))
    return found + _row_problems(number, case)


def _row_problems(number: int, case: Case) -> list[Problem]:
    found: list[Problem] = []
    for table, rows in case.rows.items():
        if table not in TABLES or table == EVENTS.name:
            found.append(((number, "rows", table), f'there is no other table "{table}"{nearest(table, TABLES)}'))
            continue
        columns = [column.name for column in TABLES[table].columns]
        for place, row in enumerate(rows):
            if row.get(TABLES[table].day_column) is None:
                found.append(((number, "rows", table, place), f"{TABLES[table].day_column} is missing"))
            for name in row.keys() - set(columns):
                said = f'{table} has no column "{name}"{nearest(str(name), columns)}'
                found.append(((number, "rows", table, place, name), said))
    return found


def _hour(given: object) -> Hour:
    return Hour.containing(given) if isinstance(given, datetime) and given.tzinfo else Hour.parse(_plain(given))


def _plain(given: object) -> str:
    if isinstance(given, datetime):
        return f"{given:%Y-%m-%dT%H}"
    return given.isoformat() if isinstance(given, date) else str(given)

"""The web API: what HTTP adds to a query, what a repeated answer costs, 200 clients at once, and longer archives."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from statistics import median
from urllib.parse import urlencode

import httpx2

from benchmarks import lake
from benchmarks.load import Load, empty_route, forgelake, hammer, resident_mb
from benchmarks.options import Options
from benchmarks.report import Table, versions
from benchmarks.sample import HOURS, archive, scratch
from benchmarks.workers import FIRST, moved_hours
from forgelake.engines.duckdb import connect
from forgelake.lake.catalog import TABLES
from forgelake.metrics.binding import Bound, bind
from forgelake.metrics.catalogue import Catalogue
from forgelake.model.hours import Hour
from forgelake.query.views import create_view

ROUNDS = 30
SIZES = (12, 120, 1200)
CLIENTS, LOAD_SECONDS = 200, 30
DAY = {"from": "2016-01-01", "to": "2016-01-02"}
QUESTIONS: Mapping[str, Mapping[str, str]] = {
    "events": {"interval": "h"},
    "events_by_type": {},
    "busiest_repos": {"limit": "10"},
    "most_active_contributors": {},
    "distinct_actors": {"interval": "h"},
}
WANTED = "1.5 times for an answer that is made, 3 ms at the server and half the requests for one that is known"
_FRESH = {"FORGELAKE_API_CACHE_MB": "0", "FORGELAKE_API_ADDRESS_PER_MINUTE": "0"}
_KEPT = {"FORGELAKE_API_ADDRESS_PER_MINUTE": "0", "FORGELAKE_LOG_LEVEL": "info"}


@dataclass(frozen=True, slots=True)
class Place:
    """A lake and a folder beside it."""

    home: Path
    folder: Path

    def environ(self, **variables: str) -> dict[str, str]:
        """What a server over the lake is started with."""
        return {**lake.variables(self.home, self.folder), **variables}


def run(options: Options) -> list[Table]:
    """All four tables.

    Raises:
        NotFoundError: there are no archive hours.
    """
    files = archive(min(options.hours, len(HOURS)))
    sizes = [size for size in SIZES if not options.hours or size <= options.hours] or [len(files)]
    with scratch() as folder:
        place = Place(folder / "home", folder)
        lake.collect(place.home, files[0].parent, HOURS[0], HOURS[len(files) - 1], workers=2)
        rounds = options.rounds or ROUNDS
        tables = [_made(place, rounds), _known(place), _many(place, min(LOAD_SECONDS, rounds))]
        return [*tables, _longer(place, files, sizes, rounds)]


def _path(name: str, parameters: Mapping[str, str]) -> str:
    return f"/api/v1/metrics/{name}/data?{urlencode({**DAY, **parameters})}"


def _made(place: Place, rounds: int) -> Table:
    """HTTP against DuckDB alone, in turn."""
    rows = []
    with forgelake(place.environ(**_FRESH), place.folder) as (port, _), _client(port) as client:
        for name, direct in _directly(place).items():
            path = _path(name, QUESTIONS[name])
            over_http = lambda path=path: client.get(path).raise_for_status()  # noqa: E731
            _times(direct), _times(over_http)
            alone, served = zip(*((_times(direct), _times(over_http)) for _ in range(rounds)), strict=True)
            ratio = median(s / a for s, a in zip(served, alone, strict=True))
            rows.append((name, f"{median(alone):.1f}", f"{median(served):.1f}", f"{ratio:.2f}"))
    columns = ("metric over one day", "DuckDB alone ms", "over HTTP ms", "times")
    notes = (
        f"{rounds} rounds in turn, middle; nothing is kept between them (api.cache_mb = 0). Wanted: {WANTED}.",
        "Alone: the metric's SQL on an open connection over the day's files, rows as Arrow. Over HTTP: the same with "
        "parameters checked, snapshot, coverage, JSON and a client.",
        versions("duckdb", "fastapi", "uvicorn"),
    )
    return Table("api: answers that are made", columns, rows, notes)


def _directly(place: Place) -> dict[str, Callable[[], object]]:
    """Each metric's SQL on a DuckDB of its own."""
    catalogue, files = Catalogue.load(), sorted((place.home / "lake/tables/events/data").rglob("*2016-01-01/*.parquet"))
    connection = connect(extensions=("icu",))
    create_view(connection, TABLES["events"], [str(file) for file in files])

    def asked(bound: Bound) -> Callable[[], object]:
        return lambda: connection.execute(bound.metric.sql, bound.sql_parameters).to_arrow_table()

    now = Hour.parse("2016-02-01T00").start
    return {name: asked(bind(catalogue.get(name), {**DAY, **more}, now)) for name, more in QUESTIONS.items()}


def _known(place: Place) -> Table:
    """A repeated answer against a route that does nothing."""
    path = _path("events", {"interval": "h"})
    rows: list[tuple[str, ...]] = []
    with forgelake(place.environ(**_KEPT), place.folder) as (port, _):
        at_server = _at_server(place, path)
        with empty_route(place.environ(), place.folder) as (empty, _):
            seen: dict[str, list[Load]] = {"repeated answer": [], "empty FastAPI route": []}
            for _round in range(3):
                seen["repeated answer"].append(hammer(port, [path], 32, 3))
                seen["empty FastAPI route"].append(hammer(empty, ["/"], 32, 3))
    base = median(load.per_second for load in seen["empty FastAPI route"])
    for name, loads in seen.items():
        rate = median(load.per_second for load in loads)
        server = f"{at_server:.2f}" if name == "repeated answer" else ""
        errors = sum(load.errors for load in loads)
        rows.append((name, f"{rate:.0f}", f"{rate / base:.2f}", server, f"{loads[1].percentile(99):.1f}", str(errors)))
    columns = ("what", "requests/s", "times empty", "ms at the server", "99 % under ms", "errors")
    notes = (
        "32 clients in a process beside the server, three rounds of 3 s in turn, the middle one; requests are logged.",
        "At the server: from the first byte to the answer handed to the network, by the server's own log, middle.",
    )
    return Table("api: answers that are known", columns, rows, notes)


def _at_server(place: Place, path: str) -> float:
    """The middle of what the server's own log says of repeated answers."""
    with forgelake(place.environ(**_KEPT, FORGELAKE_LOG_FORMAT="json"), place.folder) as (port, _):
        with _client(port) as client:
            for _ in range(300):
                client.get(path).raise_for_status()
        time.sleep(0.2)
        lines = (place.folder / "server.log").read_text().splitlines()
    found = [float(line.partition('"milliseconds": ')[2].partition(",")[0]) for line in lines if '"request"' in line]
    return median(found[1:])


def _many(place: Place, seconds: int) -> Table:
    """200 clients at once, with questions that are known, new and wide."""
    paths = [
        _path("events", {"interval": "h"}),
        _path("busiest_repos", {}) + "&limit={n}",
        "/api/v1/repos?q=lin&limit=10",
        _path("events_by_type", {}),
        "/api/v1/coverage?from=2016-01-01&to=2016-01-02",
        "/api/v1/metrics",
    ]
    with forgelake(place.environ(**_KEPT), place.folder) as (port, pid):
        hammer(port, paths, 20, 2)
        before = resident_mb(pid)
        first = hammer(port, paths, CLIENTS, seconds / 2)
        middle = resident_mb(pid)
        second = hammer(port, paths, CLIENTS, seconds / 2)
        after = resident_mb(pid)
    rows = [
        (
            name,
            f"{load.per_second:.0f}",
            f"{load.percentile(50):.0f}",
            f"{load.percentile(99):.0f}",
            str(load.errors),
            mb,
        )
        for name, load, mb in (("first half", first, f"{middle:.0f}"), ("second half", second, f"{after:.0f}"))
    ]
    columns = ("when", "requests/s", "middle ms", "99 % under ms", "errors", "MB after")
    notes = (
        f"{CLIENTS} clients, {seconds} s; one question in six is a new one for each client. Before: {before:.0f} MB.",
        "Wanted: no error, and memory that stays where it is.",
    )
    return Table("api: many clients", columns, rows, notes)


def _longer(place: Place, files: list[Path], sizes: list[int], rounds: int) -> Table:
    """One day of an archive that grows."""
    rows: list[tuple[str, ...]] = []
    next_hour, held = FIRST, len(files)
    for size in sizes:
        more = max(0, size - held)
        if more:
            hours = moved_hours(place.folder / "hours", files, next_hour, more)
            lake.collect(place.home, hours, next_hour, next_hour.shifted(more - 1), workers=2)
            next_hour, held = next_hour.shifted(more), size
            rmtree(hours)
        with forgelake(place.environ(**_FRESH), place.folder) as (port, pid), _client(port) as client:
            first = _times(lambda client=client: client.get(_path("events", {"interval": "h"})).raise_for_status())
            asked = []
            for name, parameters in QUESTIONS.items():
                path = _path(name, parameters)
                ask = lambda path=path, client=client: client.get(path).raise_for_status()  # noqa: E731
                asked.append(f"{median(_times(ask) for _ in range(rounds)):.1f}")
            memory = resident_mb(pid)
        alone = _directly(place)["events"]
        control = median(_times(alone) for _ in range(rounds))
        rows.append((str(held), f"{first:.0f}", *asked, f"{control:.1f}", f"{memory:.0f}"))
    columns = ("hours in the lake", "first ms", *(f"{name} ms" for name in QUESTIONS), "events, DuckDB alone ms", "MB")
    notes = (
        f"The same day of {len(files)} hours each time, over HTTP without a cache, middle of {rounds}.",
        "The other hours are the sample under other dates. First: the first question to a server that just started. "
        "Alone: the same files each time, to tell a busier machine from a longer archive.",
    )
    return Table("api: one day of a longer archive", columns, rows, notes)


def _client(port: int) -> httpx2.Client:
    return httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=120, trust_env=False)


def _times(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - started)

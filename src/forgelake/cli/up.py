"""``forgelake up`` and ``forgelake demo``: from nothing to a lake that answers, in one command."""

import importlib
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from rich.console import Console

from forgelake.cli.collect import lake, report
from forgelake.cli.progress import progress
from forgelake.cli.show import Format, show, show_rows, tell
from forgelake.model.errors import RetryError

if TYPE_CHECKING:
    from collections.abc import Callable

    from forgelake.pipelines.context import Context
    from forgelake.pipelines.plan import Plan

HOURS = 24
DEMO_EVENTS_PER_HOUR = 700
DEMO_DAYS = 2
"""Whole days before today, so that a day can be compared with the one before."""

DEMO_HOME = "forgelake-demo"

QUERIES = (
    "SELECT type, count(*) AS events FROM events GROUP BY ALL ORDER BY events DESC LIMIT 8",
    "SELECT repo_name, count(*) AS events, count(DISTINCT actor_login) AS people\n"
    "FROM events WHERE repo_name IS NOT NULL GROUP BY ALL ORDER BY events DESC, repo_name LIMIT 8",
    "SELECT date_trunc('hour', created_at) AS hour, count(*) AS events,\n"
    "       count(*) FILTER (type = 'WatchEvent') AS stars\n"
    "FROM events GROUP BY ALL ORDER BY hour DESC LIMIT 8",
)


def up(
    *,
    workers: int = 0,
    once: Annotated[bool, Parameter(negative="")] = False,
    host: str | None = None,
    port: int | None = None,
) -> int:
    """Collect the last complete hours, show what is in the lake, then run jobs and serve pages and API until stopped.

    Goes on from where the last run stopped. A mirror or folder that holds nothing recent
    (FORGELAKE_GHARCHIVE_URLS) gives the latest hours that it has.

    Args:
        workers: Processes of the first collecting; 0 means one per core.
        once: End after what is in the lake was shown.
        host: Address to listen on; api.host if left out.
        port: Port to listen on, 0 for any free one; api.port if left out.
    """
    address: dict[str, object] = {"api.host": host, "api.port": port}
    with lake(address) as context:
        if once:
            return _up(context, workers, _plan)
        # By name: cli and web are siblings, and neither imports the other.
        server = importlib.import_module("forgelake.web.server")
        server.check_exposure(context.settings)
        try:
            _up(context, workers, _plan)
        except RetryError as error:
            if not context.lake.now().tables["events"].files:
                raise
            # What was collected before can be looked at without a network; the worker tries again.
            tell(f"forgelake: {error}")
    from forgelake.app.working import beside

    with beside(context.settings):
        server.serve(context.settings)
    return 0


def demo(
    *,
    workers: int = 0,
    once: Annotated[bool, Parameter(negative="")] = False,
    host: str | None = None,
    port: int | None = None,
) -> int:
    """Make a small synthetic archive, labelled synthetic everywhere, run the same path on it, and serve it.

    It lives in ./forgelake-demo, apart from real data.

    Args:
        workers: Processes; 0 means one per core.
        once: End after what is in the lake was shown.
        host: Address to listen on; api.host if left out.
        port: Port to listen on, 0 for any free one; api.port if left out.
    """
    from forgelake.app.compose import settings
    from forgelake.model.hours import Hour
    from forgelake.model.period import midnight
    from forgelake.pipelines.plan import period
    from forgelake.sources.gharchive.due import last_complete
    from forgelake.sources.synthetic.archive import FOLDER, write_archive

    chosen = settings()
    last = last_complete(chosen.clock(), chosen.gharchive.publish_delay_minutes)
    home = Path.cwd() / DEMO_HOME
    folder = home / FOLDER
    Console(stderr=True).print("[bold]SYNTHETIC DATA[/bold]: all people, repositories and events below are invented.")
    first = Hour.containing(midnight(last.start.date()) - timedelta(days=DEMO_DAYS))
    write_archive(folder, first, last, DEMO_EVENTS_PER_HOUR)
    overrides: dict[str, object] = {
        "api.host": host,
        "api.port": port,
        "home": str(home),
        "gharchive.urls": [folder.as_uri()],
        "gharchive.missing_after_hours": 1,
        "storage.uri": str(home / "lake"),
        "state.url": f"sqlite:///{home}/state.db",
        "catalog.url": f"sqlite:///{home}/catalog.db",
    }
    with lake(overrides) as context:
        code = _up(context, workers, lambda opened: period(first, last, opened.clock(), again=False))
        if once:
            return code
        served = context.settings
    # By name, as above. No worker: an invented archive does not go on.
    importlib.import_module("forgelake.web.server").serve(served)
    return 0


def _up(context: "Context", workers: int, planned: "Callable[[Context], Plan]") -> int:
    from forgelake.pipelines import describe
    from forgelake.pipelines.collect import check_origins, collect
    from forgelake.pipelines.manner import Manner

    check_origins(context)
    plan = planned(context)
    with progress("collecting") as watch:
        collected = collect(context, plan, workers=workers, watch=watch, manner=Manner("up"))
    code = report(plan, collected)
    console = Console()
    _section(console, f"The lake in {context.settings.storage.uri}")
    form: Format = "table"
    filled = [row for row in describe.files(context) if row["rows"]]
    show_rows(filled, ["table", "rows", "files", "bytes"], form)
    _section(console, "How complete it is (forgelake coverage)")
    columns = ["day", "expected", "received", "share", "events", "rejected", "gaps"]
    show_rows(describe.coverage(context, None, None, "day"), columns, form)
    with context.lake.now(max_age=0).session() as opened:
        for query in QUERIES:
            _section(console, f'forgelake sql "{query}"')
            show(opened.run(query), form)
    return code


def _plan(context: "Context") -> "Plan":
    """From the bookmark on; where the origins show that they hold none of that, the latest that they do hold."""
    from forgelake.pipelines.plan import continuing, shown
    from forgelake.transport.client import HttpClient

    plan = continuing(context)
    with HttpClient(context.http) as client:
        listings = [origin.listing(client) for origin in context.origins if origin.lists_cheaply]
    held = {hour for listing in listings for hour in listing}
    everywhere = len(listings) == len(context.origins)
    if not everywhere or not held or held.intersection(plan.hours):
        return plan
    return shown(listings, HOURS) or plan


def _section(console: Console, title: str) -> None:
    console.print(f"\n{title}", style="bold cyan", highlight=False, markup=False, soft_wrap=True)

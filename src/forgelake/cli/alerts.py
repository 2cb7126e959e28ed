"""``forgelake alerts``: what is watched, how it stands, and whether its channels work."""

from dataclasses import asdict

from cyclopts import App

from forgelake.cli.collect import DONE, DONE_WITH_GAPS, lake
from forgelake.cli.jobs import FAILED
from forgelake.cli.show import Format, is_for_a_person, show_notes, show_rows, tell

COLUMNS = ["name", "state", "since", "value", "kind", "metric", "channels", "waiting", "checked_at"]
MORE = ["words", "error", "unknown_since", "told_at"]

app = App(name="alerts", help="See and check what is watched, and test who is told.")


@app.command(name="list")
def list_(*, format: Format | None = None) -> None:  # noqa: A002 - the option's public name
    """Show how each alert stands, what was seen, and what its channels did not take.

    Args:
        format: table, csv, json, parquet or arrow.
    """
    from forgelake.alerts.status import statuses

    with lake() as context:
        found = statuses(context)
    if not found:
        tell("no alert is set; docs/alerts.md shows how")
    rows = [dict[str, object](asdict(one), channels=" ".join(one.channels)) for one in found]
    if is_for_a_person(format):
        show_rows(rows, COLUMNS, format)
        told = ((one.name, "; ".join(part for part in (one.words, one.error) if part)) for one in found)
        show_notes([(name, text) for name, text in told if text])
    else:
        show_rows(rows, [*COLUMNS, *MORE], format)


@app.command
def check(*, format: Format | None = None) -> int:  # noqa: A002
    """Check all alerts now, as the job check_alerts does, tell their channels, and show how they stand.

    Args:
        format: table, csv, json, parquet or arrow.
    """
    from forgelake.app.jobs import JOBS
    from forgelake.jobs.foreground import run_now
    from forgelake.pipelines.clock import RealClock

    clock = RealClock()
    with lake() as context, clock.ended_by_signals():
        ended = run_now(context, JOBS, JOBS["check_alerts"], clock)
    list_(format=format)
    if ended.error:
        tell(f"check_alerts: {ended.status}: {ended.error}")
    if ended.status == "done":
        return DONE_WITH_GAPS if ended.error else DONE
    return FAILED


@app.command
def test(name: str, /) -> int:
    """Tell each channel of an alert that this is a test.

    Args:
        name: The alert.
    """
    from forgelake.alerts.telling import test as tell_all
    from forgelake.pipelines.clock import RealClock

    clock = RealClock()
    with lake() as context, clock.ended_by_signals():
        tried = tell_all(context, clock, name)
    for one in tried:
        tell(f"{one.channel}: {one.told or 'told'}")
    return FAILED if any(one.told for one in tried) else DONE

"""``forgelake rollups …``."""

from dataclasses import asdict

from cyclopts import App

from forgelake.cli.collect import lake
from forgelake.cli.show import Format, show_rows, tell
from forgelake.model.counted import counted

app = App(name="rollups", help="Events counted beforehand by hour, day and month, for quick answers.")


@app.command
def build() -> None:
    """Count the days and months that are over, and anew those whose events have changed.

    Collecting does it by itself; metrics use what is there, and the events where nothing is.
    """
    with lake() as context:
        from forgelake.pipelines import rollups

        done = rollups.build(context)
        for one in done:
            tell(f"{one.rollup}: {counted(one.spans, 'file')} written, {one.removed:,} out of date")
        if not done:
            tell("everything is up to date")


@app.command
def status(*, format: Format | None = None) -> None:  # noqa: A002 - the option's public name
    """Show what each rollup holds and what is due.

    Args:
        format: table, csv, json, parquet or arrow.
    """
    with lake() as context:
        from forgelake.pipelines import rollups

        rows: list[dict[str, object]] = [{**asdict(one)} for one in rollups.standing(context)]
        show_rows(rows, ["rollup", "span", "fresh", "due", "rows", "bytes"], format)

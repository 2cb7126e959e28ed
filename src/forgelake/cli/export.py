"""``forgelake export``: files for other people's tools."""

from typing import Annotated, Literal

from cyclopts import App, Parameter

from forgelake.cli.collect import lake
from forgelake.cli.show import tell

app = App(name="export", help="Write files for other tools.")


@app.command
def traffic(
    *,
    to: str,
    format: Literal["csv", "parquet"] = "csv",  # noqa: A002 - the option's public name
    repo: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    private: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Write traffic as one file per data set: views, clones, windows, referrers, paths.

    Each file replaces its former self at once. With CSV comes a manifest for each, by which Amazon QuickSight loads it.
    A bucket is reached as the settings [storage] say. Private repositories are left out unless they are asked for.

    Args:
        to: A folder, or s3://bucket/prefix.
        format: csv or parquet.
        repo: Only this repository, by a present or former name; give the option several times for several.
        private: Private and internal repositories, too.
    """
    with lake() as context:
        from forgelake.app.compose import export_target
        from forgelake.publish.traffic import export_traffic

        target = export_target(context.settings, to)
        done = export_traffic(context.lake.now(0), target, format, context.scratch, repos=repo, private=private)
    tell("\n".join(f"{one.uri}: {one.rows:,} rows" for one in done.files))
    if done.left_out:
        tell(f"left out because they are not public (see --private): {', '.join(done.left_out)}")

"""``forgelake export``: files for other people's tools."""

from typing import Annotated, Literal

from cyclopts import App, Parameter

from forgelake.cli.collect import lake
from forgelake.cli.show import tell
from forgelake.model.counted import counted

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


@app.command
def site(
    *,
    to: str,
    repos: int = 100,
    cv: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    base_url: str = "",
    png: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Write the pages as a site of files, for any web server, a bucket, GitHub Pages or a disk.

    All links are relative, so it works below any path. Only what changed is written, and what is no longer linked is
    removed; other files in the place are left alone. Private repositories are left out unless api.private_repos is
    serve. CVs are in it that their people published for everybody.

    Args:
        to: A folder, or s3://bucket/prefix.
        repos: How many repositories have pages: those that are tracked, and the busiest up to that many.
        cv: A person, by name, whose CV is for who has the link: in the site everybody may see it. Give the option
            several times for several.
        base_url: The site's address, e.g. https://example.org/lake, for the cards that people copy to other pages.
        png: Each panel as PNG, too: up to twice the time for drawings, and most of the site's size.
    """
    with lake(as_served=True) as context:
        from forgelake.app.compose import export_target
        from forgelake.app.jobs import JOBS
        from forgelake.publish.site import Wanted, export_site

        target = export_target(context.settings, to)
        done = export_site(context, target, Wanted(repos, cv, base_url, png), jobs=JOBS)
    files = done.placed
    people = f" and {done.cvs:,} CVs" if done.cvs else ""
    tell(f"{counted(done.pages, 'page')} of {counted(done.repos, 'repository')}{people} in {target.place.shown}")
    if done.left_out:
        tell(f"left out because they show their CV to nobody, or there is no such account: {', '.join(done.left_out)}")
    tell(f"files: {files.written:,} written, {files.unchanged:,} unchanged, {files.removed:,} removed")

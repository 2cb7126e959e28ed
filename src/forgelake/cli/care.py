"""``forgelake backup``, ``restore`` and ``doctor``: taking care of a lake."""

import sys
from typing import Annotated

from cyclopts import Parameter

from forgelake.cli.collect import lake
from forgelake.cli.show import Format, is_for_a_person, show_notes, show_rows, tell

Flag = Parameter(negative="")


def backup(to: str, /, *, reference: Annotated[bool, Flag] = False) -> None:
    """Save the lake: ledger, runs, jobs and keys, the catalog, and all bytes, with the digest of each.

    Collecting may go on meanwhile. Keys of the API are in it as hashes, kept tokens encrypted, settings not at all.

    Args:
        to: A folder, or s3://bucket/prefix, reached as the settings [storage] say. It must hold no backup yet.
        reference: Name the lake's objects instead of copying them, where they are kept safe by other means.
    """
    with lake() as context:
        from forgelake.app.compose import export_target
        from forgelake.pipelines.backup.saving import back_up

        done = back_up(context, export_target(context.settings, to), copy=not reference)
    kept = "copied" if done.copied else "named"
    tell(f"saved to {to}: {done.objects:,} objects with {done.object_bytes / 1e6:,.1f} MB {kept}; "
         f"bring it back by: forgelake restore {to}")  # fmt: skip


def restore(from_: str, /, *, without_tables: Annotated[bool, Flag] = False) -> None:
    """Bring a saved lake back into places that hold nothing yet; everything is checked on the way.

    It may be another kind of database than the one that was saved. The tables know their own place, so storage.uri has
    to be what it was.

    Args:
        from_: The folder or s3://bucket/prefix that forgelake backup wrote.
        without_tables: Leave the tables out, into any place; afterwards: forgelake rebuild.
    """
    from forgelake.app.compose import restored, settings
    from forgelake.app.logs import configure

    chosen = settings()
    configure(chosen.log, on_terminal=sys.stderr.isatty())
    done = restored(chosen, from_, tables=not without_tables)
    tell(
        f"restored as of {done.taken_at:%Y-%m-%dT%H:%M:%SZ}"
        + ("; go on by: forgelake rebuild" if without_tables else "")
    )


def doctor(*, format: Format | None = None) -> int:  # noqa: A002 - the option's public name
    """Look for what may be wrong, and say what to do about each; nothing is changed.

    Exit code 1 if something does not work.

    Args:
        format: table, csv, json, parquet or arrow.
    """
    from forgelake.app.compose import settings
    from forgelake.app.doctor import examine
    from forgelake.app.logs import configure

    chosen = settings()
    configure(chosen.log, on_terminal=sys.stderr.isatty())
    checks = list(examine(chosen))
    code = 1 if any(one.finding == "bad" for one in checks) else 0
    if is_for_a_person(format):
        show_notes(
            [(f"{one.finding}: {one.name}", f"{one.told}{f' → {one.next}' if one.next else ''}") for one in checks]
        )
        return code
    rows: list[dict[str, object]] = [
        {"check": one.name, "finding": str(one.finding), "told": one.told, "next": one.next} for one in checks
    ]
    show_rows(rows, ["check", "finding", "told", "next"], format)
    return code

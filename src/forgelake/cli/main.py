"""``forgelake``: the commands, and what an error becomes on a terminal.

Nothing here imports DuckDB, Arrow or a web framework: commands import what they need when they run, so that
``forgelake --help`` answers at once.
"""

import sys

from cyclopts import App, CycloptsError, CycloptsPanel, UnknownCommandError
from rich.panel import Panel

from forgelake import __version__
from forgelake.cli import (
    accounts,
    alerts,
    backfill,
    care,
    collect,
    compact,
    cv,
    cv_profile,
    export,
    github,
    imports,
    jobs,
    keys,
    lake,
    metrics,
    rollups,
    serve,
    sql,
    tokens,
    up,
)
from forgelake.cli.show import tell
from forgelake.model.errors import ForgelakeError


def _wrong(error: CycloptsError) -> Panel:
    """What Cyclopts says of wrong use, but with all commands where it would end in dots."""
    if not isinstance(error, UnknownCommandError) or error.app is None:
        return CycloptsPanel(error)
    told = str(error).partition(" Available commands: ")[0]
    return CycloptsPanel(f"{told} The commands are {', '.join(name for name in error.app if name[0] != '-')}.")


app = App(
    name="forgelake",
    version=__version__,
    help="One lake for what code forges forget: typed, complete where it can be, honest where it is not.",
    help_format="plaintext",
    # What Ctrl-C leaves behind is said below.
    suppress_keyboard_interrupt=False,
    error_formatter=_wrong,
)
app.command(up.up)
app.command(up.demo)
app.command(collect.app)
app.command(collect.rebuild)
app.command(backfill.backfill)
app.command(compact.compact)
app.command(rollups.app)
app.command(imports.app)
app.command(export.app)
app.command(cv.app)
cv.app.command(cv_profile.publish)
cv.app.command(cv_profile.unpublish)
cv.app.command(cv_profile.profile)
cv.app.command(cv_profile.export)
cv.app.command(cv_profile.delete)
app.command(sql.sql)
app.command(lake.tables)
app.command(lake.coverage)
app.command(lake.runs)
app.command(lake.rejects)
app.command(metrics.app)
app.command(serve.serve)
app.command(jobs.worker)
app.command(accounts.app)
app.command(jobs.run)
app.command(jobs.app)
app.command(alerts.app)
app.command(keys.app)
app.command(tokens.app)
app.command(github.github)
app.command(care.backup)
app.command(care.restore)
app.command(care.doctor)


def run() -> None:
    """Entry point. Exit codes: 0 done, 1 failed, 2 wrong use, 3 done with gaps or rejects, 130 stopped by hand."""
    try:
        sys.exit(app(exit_on_error=False, print_error=True) or 0)
    except CycloptsError:
        # Cyclopts has told what is wrong and what would be right.
        sys.exit(2)
    except ForgelakeError as error:
        tell(f"forgelake: {error}")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        tell("forgelake: stopped; what was committed stays, run the same command to go on")
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)

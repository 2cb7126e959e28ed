"""``forgelake import``: what other tools have kept."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from forgelake.cli.collect import DONE, DONE_WITH_GAPS, lake
from forgelake.cli.show import tell
from forgelake.model.counted import counted
from forgelake.model.errors import UsageError

if TYPE_CHECKING:
    from forgelake.pipelines.traffic.imported import Imported

app = App(name="import", help="Bring archives of other tools into the lake.")

_REPO = re.compile(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}")
_SHOWN = 5


@app.command
def traffic(path: Path, /, *, repo: str, repo_id: Annotated[int | None, Parameter(name="--repo-id")] = None) -> int:
    """Import a traffic archive of github-repo-stats: views, clones, referrers and paths.

    Days that the lake knows keep the highest value. The same archive again changes nothing.

    Args:
        path: The folder ghrs-data of one repository, or one of its CSV files.
        repo: Whose traffic it is: owner/name.
        repo_id: The repository's id; looked up if left out.
    """
    if not _REPO.fullmatch(repo):
        message = f'--repo "{repo}" is no repository; write it like octo/cat'
        raise UsageError(message)
    with lake() as context:
        from forgelake.pipelines.traffic.identity import identified
        from forgelake.pipelines.traffic.imported import import_traffic
        from forgelake.sources.repo_stats.packing import Repository

        def identify(name: str) -> Repository:
            return identified(context, name) if repo_id is None else Repository(name, repo_id)

        done = import_traffic(context, path, repo, identify)
        return _report(done)


def _report(done: "Imported") -> int:
    name, archive = done.repository.name, done.archive
    if done.known:
        tell(f"this archive of {name} is in the lake already; nothing was changed")
        return DONE
    days = sorted(archive.observed)
    brought = f"{counted(len(archive.days), 'day')} and {counted(len(archive.snapshots), 'snapshot')}"
    lines = [f"{name}: {brought}, {days[0]} to {days[-1]}"]
    if done.repository.id is None:
        lines.append("its id could not be found out; it joins the repository of that name once one is collected")
    lines += [f"refused: {one.file}:{one.line}: {one.reason}" for one in archive.refused[:_SHOWN]]
    if archive.refused:
        lines.append(f"{len(archive.refused):,} lines could not be read; see: forgelake rejects")
    tell("\n".join(lines))
    return DONE_WITH_GAPS if archive.refused else DONE

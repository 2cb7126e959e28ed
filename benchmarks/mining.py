"""Counting all commits of real repositories: forgelake, git alone, pygit2 and PyDriller.

What is measured is CPU time of this process and of all that it started, and the time that passes: forgelake on one
core, and as it is where a second one is idle. The repositories are bare ones in the folder `git` of the test data.
"""

import os
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from statistics import median
from threading import Semaphore

from benchmarks.options import Options
from benchmarks.report import Table, versions
from benchmarks.sample import ROOT, NotFoundError, scratch
from forgelake.model.commits import MinedRepo, in_all
from forgelake.normalise.git.paths import classified
from forgelake.sources.git.history import History
from forgelake.sources.git.mining import mined
from forgelake.sources.git.process import Git

ROUNDS, DRILLED = 3, 200
WANTED_OF_GIT, WANTED_PYGIT2, WANTED_PYDRILLER = 1.15, 3, 20


@dataclass(slots=True)
class _Way:
    """One way to count; ``commits`` is how many it counted."""

    name: str
    count: Callable[[], int]
    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    commits: int = 0

    def run(self) -> None:
        cpu, wall = _cpu(), time.monotonic()
        self.commits = self.count()
        self.cpu.append(_cpu() - cpu)
        self.wall.append(time.monotonic() - wall)

    def row(self, git: "_Way", one: "_Way", two: "_Way") -> tuple[str, ...]:
        """CPU against git's and forgelake's, time against that of forgelake with two cores."""
        return (
            self.name, f"{self.commits:,}", f"{median(self.cpu):.2f}", f"{median(self.wall):.2f}",
            f"{self._times(self.cpu, git, git.cpu):.2f}", f"{self._times(self.cpu, one, one.cpu):.2f}",
            f"{self._times(self.wall, two, two.wall):.2f}",
        )  # fmt: skip

    def _times(self, mine: Sequence[float], other: "_Way", theirs: Sequence[float]) -> float:
        """How many times another's a commit costs: compared within each round, the middle of them."""
        ratio = median(one / two for one, two in zip(mine, theirs, strict=True))
        return ratio * other.commits / self.commits


def run(options: Options) -> list[Table]:
    """CPU seconds, and how many times git's own they are.

    Raises:
        NotFoundError: there is no repository.
    """
    # What is read once for a whole process is no part of a repository's cost.
    classified("a.py")
    _git()
    with scratch() as folder:
        return [_table(repo, folder / repo.name, options) for repo in repositories()]


def repositories() -> list[Path]:
    """The bare repositories of the test data.

    Raises:
        NotFoundError: there is none.
    """
    root = Path(os.environ.get("FORGELAKE_TEST_DATA") or ROOT.parent / "shared" / "data").resolve() / "git"
    found = sorted(path.parent for path in root.glob("*/HEAD"))
    if not found:
        message = f"no bare repository in {root}; put clones made with git clone --bare there"
        raise NotFoundError(message)
    return found


def _table(repo: Path, clone: Path, options: Options) -> Table:
    # PyDriller reads no bare repository.
    subprocess.run(["git", "clone", "--quiet", "--shared", "--no-checkout", str(repo), str(clone)], check=True)
    every = _ours(repo).commits
    drilled = [commit.id for commit in every[:: max(1, len(every) // DRILLED)]][:DRILLED]
    git = _Way("git log --numstat", lambda: _git_alone(repo))
    one = _Way("forgelake, one core", lambda: len(_ours(repo).commits))
    two = _Way("forgelake, two cores", lambda: len(_ours(repo, 1).commits))
    pygit2 = _Way("pygit2, lines alone", lambda: _pygit2(repo))
    pydriller = _Way(f"PyDriller, {len(drilled)} commits", lambda: _pydriller(clone, drilled))
    ways = (git, one, two, pygit2, pydriller)
    for _ in range(options.rounds or ROUNDS):
        for way in ways:
            way.run()
    rows = [way.row(git, one, two) for way in ways]
    files, binaries, added, deleted = in_all(tally for commit in every for tally in commit.tallies or ())
    columns = ("tool", "commits", "CPU s", "s", "CPU, times git's", "CPU, times ours", "time, times ours")
    notes = (
        f"{repo.name}: {files:,} files ({binaries:,} binary), {added:,} lines added, {deleted:,} deleted; middle of "
        f"{len(one.cpu)} rounds in turn, on {os.cpu_count()} cores that are shared.",
        "forgelake tells times, purposes, languages by path and content, and packages besides; the others count lines.",
        "Times are for a commit. Of the others, none uses a second core.",
        f"Wanted: at most {WANTED_OF_GIT} times git's CPU; pygit2 at least {WANTED_PYGIT2} times our time, "
        f"PyDriller {WANTED_PYDRILLER} times.",
        f"{subprocess.check_output(['git', 'version'], text=True).strip()}, {versions('pygit2', 'pydriller')}",
    )
    return Table(f"mining: all commits of {repo.name}", columns, rows, notes)


def _cpu() -> float:
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


@cache
def _git() -> Git:
    return Git.found()


def _ours(repo: Path, spare: int = 0) -> MinedRepo:
    history = replace(History.at(_git(), repo), spare=Semaphore(spare))
    return mined(history, repo.name, None, datetime.now(UTC))


def _git_alone(repo: Path) -> int:
    command = ["git", f"--git-dir={repo}", "log", "--no-merges", "-M", "--numstat", "--format=commit %H"]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    return said.count(b"\ncommit ") + 1


def _pygit2(repo: Path) -> int:
    """Lines by file, renames found, and nothing of what forgelake tells besides; less context gains nothing."""
    import pygit2  # noqa: PLC0415 - only the contender pays for it

    opened = pygit2.Repository(str(repo))
    count = 0
    for commit in opened.walk(opened.head.target):
        if len(commit.parents) > 1:
            continue
        count += 1
        before = commit.parents[0].tree if commit.parents else None
        diff = before.diff_to_tree(commit.tree) if before else commit.tree.diff_to_tree(swap=True)
        diff.find_similar()
        sum(patch.line_stats[1] for patch in diff if patch)
    return count


def _pydriller(clone: Path, ids: list[str]) -> int:
    """Lines by file of commits from all over the history, since all of them would take minutes."""
    import pydriller  # noqa: PLC0415 - only the contender pays for it

    count = 0
    for commit in pydriller.Repository(str(clone), only_commits=ids).traverse_commits():
        count += 1
        sum(file.added_lines for file in commit.modified_files)
    return count

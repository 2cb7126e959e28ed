"""Counting all commits of real repositories: forgelake, git alone, pygit2 and PyDriller, on one core.

What is measured is CPU time of this process and of all that it started. The repositories are bare ones in the folder
`git` of the test data.
"""

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

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
    seconds: list[float] = field(default_factory=list)
    commits: int = 0

    def run(self) -> None:
        before = _cpu()
        self.commits = self.count()
        self.seconds.append(_cpu() - before)

    @property
    def each(self) -> float:
        """CPU seconds for one commit, middle round."""
        return median(self.seconds) / self.commits

    def times(self, other: "_Way") -> float:
        """How many times another's a commit costs: compared within each round, the middle of them."""
        pairs = zip(self.seconds, other.seconds, strict=True)
        return median(mine / theirs for mine, theirs in pairs) * other.commits / self.commits


def run(options: Options) -> list[Table]:
    """CPU seconds, and how many times git's own they are.

    Raises:
        NotFoundError: there is no repository.
    """
    # What is read once for a whole process is no part of a repository's cost.
    classified("a.py")
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
    drilled = [commit.id for commit in _ours(repo).commits[:DRILLED]]
    ours = _Way("forgelake", lambda: len(_ours(repo).commits))
    ways = [
        _Way("git log --numstat", lambda: _git_alone(repo)),
        ours,
        _Way("pygit2, lines alone", lambda: _pygit2(repo)),
        _Way(f"PyDriller, {DRILLED} commits", lambda: _pydriller(clone, drilled)),
    ]
    for _ in range(options.rounds or ROUNDS):
        for way in ways:
            way.run()
    rows = [
        (
            way.name, f"{way.commits:,}", f"{median(way.seconds):.2f}", f"{1 / way.each:,.0f}",
            f"{way.times(ways[0]):.2f}", f"{way.times(ours):.2f}",
        )
        for way in ways
    ]  # fmt: skip
    files, binaries, added, deleted = in_all(tally for commit in _ours(repo).commits for tally in commit.tallies or ())
    columns = ("tool", "commits", "CPU s", "commits/s", "times git, a commit", "times ours, a commit")
    notes = (
        f"{repo.name}: {files:,} files ({binaries:,} binary), {added:,} lines added, {deleted:,} deleted; middle of "
        f"{len(ours.seconds)} rounds in turn, on {os.cpu_count()} cores that are shared.",
        "forgelake tells times, purposes, languages by path and content, and packages besides; the others count lines.",
        f"Wanted: at most {WANTED_OF_GIT} times git; pygit2 at least {WANTED_PYGIT2} times ours, "
        f"PyDriller {WANTED_PYDRILLER} times.",
        f"{subprocess.check_output(['git', 'version'], text=True).strip()}, {versions('pygit2', 'pydriller')}",
    )
    return Table(f"mining: all commits of {repo.name}", columns, rows, notes)


def _cpu() -> float:
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def _ours(repo: Path) -> MinedRepo:
    return mined(History.at(Git.found(), repo), repo.name, None, datetime.now(UTC))


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
    import pydriller  # noqa: PLC0415 - only the contender pays for it

    commits = pydriller.Repository(str(clone), only_commits=ids).traverse_commits()
    return sum(1 for commit in commits if commit.insertions >= 0)

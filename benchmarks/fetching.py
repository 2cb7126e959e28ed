"""What servers are asked for: bytes for a few own commits in a large repository, and CPU time of looking at many.

Real git over HTTP, on this machine; the server is a process of its own, so its work is not counted. Bytes are those of
a history that is made up, and of the large ones among the bare repositories in the folder `git` of the test data.
"""

import multiprocessing
import os
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.servers.git_http import GitServer
from tests.servers.git_repos import ENVIRONMENT, ME

from benchmarks.mining import repositories
from benchmarks.options import Options
from benchmarks.report import Table
from benchmarks.sample import NotFoundError, scratch
from forgelake.model.commits import in_all
from forgelake.sources.git.fetching import fetched
from forgelake.sources.git.heads import head_of
from forgelake.sources.git.isolation import Remote
from forgelake.sources.git.mining import mined
from forgelake.sources.git.process import Git
from forgelake.transport.client import HttpOptions
from forgelake.transport.exchange import ApiClient

COMMITS, OWN, POLLED, LARGE = 18_000, 60, 1_000, 10_000
WANTED_SHARE, WANTED_SECONDS = 0.10, 10.0
_FOLDERS, _FILES, _HOT, _LINES = 40, 1_500, 60, 900


def run(options: Options) -> list[Table]:
    """Bytes and seconds; ``options.size`` makes history and list smaller for a quick look."""
    commits, polled = options.size or COMMITS, options.size or POLLED
    with scratch() as folder:
        _history(folder / "big.git", commits)
        real = [] if options.size else [_shared(repo, folder) for repo in _large()]
        for number in range(polled):
            (folder / f"{number}.git").symlink_to(folder / "big.git")
        with _served(folder) as (url, asked):
            served = [("big", ME, f"a made-up history of {commits:,} commits"), *real]
            tables = [_transfer(Remote.at(f"{url}{name}.git"), asked, folder, *of) for name, *of in served]
            return [*tables, _polling(url, polled)]


def _large() -> list[Path]:
    try:
        return [repo for repo in repositories() if _count(repo) >= LARGE]
    except NotFoundError:
        return []


def _count(repo: Path) -> int:
    return int(subprocess.check_output(["git", f"--git-dir={repo}", "rev-list", "--count", "HEAD"]))


def _shared(repo: Path, folder: Path) -> tuple[str, str, str]:
    """Its name as it is served, whoever wrote about as many commits as wanted, and what it is."""
    place = folder / f"{repo.name}-served.git"
    subprocess.run(["git", "clone", "--quiet", "--bare", "--shared", str(repo), str(place)], check=True)
    _allow(place)
    said = subprocess.check_output(
        ["git", f"--git-dir={repo}", "log", "--no-merges", "--format=%ae", "HEAD"], text=True
    )
    counted = Counter(said.split("\n"))
    author = min(counted, key=lambda email: (abs(counted[email] - OWN), email))
    return place.stem, author, f"{repo.name}, {_count(repo):,} commits"


def _transfer(place: Remote, asked: Connection, folder: Path, email: str, what: str) -> Table:
    emails, now = frozenset({email.casefold()}), datetime.now(UTC)
    started = time.monotonic()
    with fetched(Git.found(), place, emails, now, folder) as history:
        found = mined(history, "served", emails, now)
    ours, our_seconds = _sent(asked), time.monotonic() - started
    started = time.monotonic()
    with TemporaryDirectory(dir=folder) as whole_clone:
        subprocess.run(["git", "clone", "--quiet", "--bare", place.url, whole_clone], check=True, env=ENVIRONMENT)
    whole, whole_seconds = _sent(asked), time.monotonic() - started
    _, _, added, _ = in_all(tally for commit in found.commits for tally in commit.tallies or ())
    rows = [
        ("forgelake", f"{ours / 1e6:.2f}", f"{ours / whole:.1%}", f"{our_seconds:.1f}"),
        ("git clone", f"{whole / 1e6:.2f}", "100.0%", f"{whole_seconds:.1f}"),
    ]
    notes = (
        f"{len(found.commits)} own commits with {added:,} lines added in {what}.",
        f"Wanted: below {WANTED_SHARE:.0%} of the clone's bytes.",
    )
    return Table("fetching: own commits from a large repository", ("way", "MB", "of a clone", "s"), rows, notes)


def _polling(url: str, polled: int) -> Table:
    git = Git.found()
    before = os.times()
    with ApiClient(HttpOptions(), {}, time.sleep) as client:
        heads = {head_of(client, git, Remote.at(f"{url}{number}.git")) for number in range(polled)}
    after = os.times()
    spent = sum(after[part] - before[part] for part in range(4))
    rows = [("forgelake", f"{polled:,}", f"{spent:.2f}", f"{spent / polled * 1_000:.2f}")]
    notes = (f"Wanted: below {WANTED_SECONDS:g} s for {POLLED:,}; {len(heads)} head was told.",)
    return Table(
        "fetching: repositories that stand where they stood", ("way", "repositories", "CPU s", "ms each"), rows, notes
    )


def _history(place: Path, commits: int) -> None:
    """One file rewritten by each commit, mostly one of a few; the person's commits are spread over the history.

    A clone has some 6 kB a commit, as that of sqlalchemy has.
    """
    subprocess.run(
        ["git", "init", "--quiet", "--bare", "--initial-branch=main", str(place)], check=True, env=ENVIRONMENT
    )
    _allow(place)
    loading = ["git", f"--git-dir={place}", "fast-import", "--quiet"]
    with subprocess.Popen(loading, stdin=subprocess.PIPE, env=ENVIRONMENT) as process:
        if process.stdin is None:
            raise AssertionError
        process.stdin.writelines(_stream(commits))
    subprocess.run(["git", f"--git-dir={place}", "repack", "-adq"], check=True, env=ENVIRONMENT)


def _allow(place: Path) -> None:
    for key in ("uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"):
        subprocess.run(["git", f"--git-dir={place}", "config", key, "true"], check=True, env=ENVIRONMENT)


def _stream(commits: int) -> Iterator[bytes]:
    every = max(1, commits // OWN)
    for number in range(commits):
        email = ME if number % every == every // 2 else "other@example.org"
        lines = "".join(f"{hash((number, line)) & 0xFFFFFFFFFFFF:x} line\n" for line in range(_LINES))
        file = number * 7919 % (_HOT if number % 10 else _FILES)
        path = f"src/{file % _FOLDERS}/{file}.py"
        when = 1_400_000_000 + number * 3_600
        yield (
            f"commit refs/heads/main\nauthor A <{email}> {when} +0000\ncommitter C <c@example.org> {when} +0000\n"
            f"data 11\nfeat: more\n\nM 100644 inline {path}\ndata {len(lines)}\n{lines}\n"
        ).encode()


@contextmanager
def _served(folder: Path) -> Iterator[tuple[str, Connection]]:
    context = multiprocessing.get_context("spawn")
    asking, answering = context.Pipe()
    process = context.Process(target=_serve, args=(folder, answering), daemon=True)
    process.start()
    try:
        yield asking.recv(), asking
    finally:
        asking.send(None)
        process.join()


def _serve(folder: Path, answering: Connection) -> None:
    """Tell the address, then at each question the bytes that were sent since the last one."""
    with GitServer(folder) as server:
        answering.send(server.url(""))
        while answering.recv() is not None:
            answering.send(server.sent)
            server.forget()


def _sent(asked: Connection) -> int:
    asked.send("sent")
    return int(asked.recv())

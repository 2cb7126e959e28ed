"""A repository on this machine, asked by git: its default branch, its commits, what they changed."""

import re
from collections.abc import Container, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Semaphore
from typing import Final

from forgelake.model.errors import SkipError
from forgelake.normalise.git.changes import Change, blobs, changes
from forgelake.normalise.git.headers import FIELDS, FORMAT, Header, choosing, headers
from forgelake.normalise.git.objects import objects
from forgelake.sources.git.ends import End
from forgelake.sources.git.faults import GitError
from forgelake.sources.git.isolation import COUNTING
from forgelake.sources.git.process import Git

_LOG: Final = (
    "log",
    "-z",
    "--date=raw",
    "--no-mailmap",
    "--no-notes",
    "--encoding=UTF-8",
    f"--format=tformat:{FORMAT}",
)
_CHANGES: Final = ("--raw", "--no-abbrev", "--numstat", *COUNTING)
_MOST_BROKEN: Final = 1_000
_NO_OBJECT: Final = "0"
_BRANCH: Final = "refs/heads/"
_ORIGIN: Final = "refs/remotes/origin/"


@dataclass(frozen=True, slots=True)
class History:
    """A git directory.

    Attributes:
        folder: the git directory, absolute.
        is_partial: whether it holds the files of a person's own commits only.
        more: variables that say where further objects are.
        spare: cores that nobody else uses; with one of them counting takes half the time.
    """

    git: Git
    folder: Path
    is_partial: bool = False
    more: Mapping[str, str] = field(default_factory=dict)
    spare: Semaphore | None = None

    @classmethod
    def at(cls, git: Git, path: Path) -> "History":
        """The repository of a folder: its work tree's top, or a bare one.

        Raises:
            SkipError: there is none.
        """
        place = path.absolute().resolve()
        if not place.is_dir():
            message = f"{path} is no folder; name a local clone or an address like https://host/owner/name.git"
            raise SkipError(message)
        # Whoever named the folder trusts it; a repository further up was not named.
        more = {"GIT_CEILING_DIRECTORIES": str(place.parent)}
        asking = ["-c", f"safe.directory={place}", "-c", "core.bare=false", "-C", str(place)]
        try:
            said = git.run([*asking, "rev-parse", "--absolute-git-dir"], more=more)
        except SkipError as error:
            message = f"{path} is no git repository; name the top of a clone"
            raise SkipError(message) from error
        return cls(git, Path(said.decode(errors="surrogateescape").removesuffix("\n")))

    def ask(self, *arguments: str, given: bytes = b"") -> bytes:
        """All that git prints."""
        return self.git.run([f"--git-dir={self.folder}", *arguments], given=given, more=self.more)

    def stream(self, *arguments: str, given: bytes = b"") -> Iterator[bytes]:
        """What git prints, as it comes."""
        return self.git.stream([f"--git-dir={self.folder}", *arguments], given=given, more=self.more)

    def head(self) -> str | None:
        """The commit of the default branch; None where there is no commit yet.

        The default branch is the one that the clone's origin calls so, here as it is on this machine, else the one that
        is checked out.
        """
        name = self._symbolic(f"{_ORIGIN}HEAD").removeprefix(_ORIGIN)
        places = (f"{_BRANCH}{name}", f"{_ORIGIN}{name}", "HEAD") if name else ("HEAD",)
        found = (self._commit(place) for place in places)
        return next((commit for commit in found if commit), None)

    def boundary(self) -> frozenset[str]:
        """The commits of a shallow clone whose parents were left out."""
        common = self.folder / "commondir"  # of a further work tree; a path, absolute or from the git directory
        place = self.folder / (common.read_text().removesuffix("\n") if common.is_file() else "") / "shallow"
        return frozenset(place.read_text().split()) if place.is_file() else frozenset()

    def length(self, head: str) -> int:
        """How many commits a branch has, whoever wrote them.

        Raises:
            SkipError: the history cannot be read.
        """
        return int(self.ask("rev-list", "--count", head, "--"))

    def commits(self, head: str, wanted: Container[str] | None, now: datetime) -> Iterator[Header]:
        """The commits of a branch that some people wrote, alone or with others, newest first.

        Raises:
            SkipError: the history cannot be read.
        """
        return headers(self.stream(*_LOG, head, "--"), wanted, now)

    def told(
        self, head: str, wanted: Container[str] | None, now: datetime, end: End = End.NEWEST
    ) -> Generator[tuple[Header | None, Change], None, None]:
        """All commits of a branch with what they changed, in one pass; no header of other people's.

        Raises:
            SkipError: the history cannot be read, or not further.
        """
        chosen = choosing(wanted, now)
        order = ("--reverse",) if end is End.OLDEST else ()
        said = self.stream(*_LOG, *order, "--diff-merges=off", *_CHANGES, head, "--")
        return ((chosen(change.fields), change) for change in changes(said, FIELDS))

    def changed(self, commits: Sequence[str]) -> Generator[Change, None, None]:
        """What some commits changed against their first parents, in the order given.

        A commit whose objects are not there is left out, and the others are counted all the same; after a thousand
        of those the rest is left out, too.
        """
        broken = 0
        while commits and broken < _MOST_BROKEN:
            done = 0
            try:
                for change in self._changed(commits):
                    yield change
                    done += 1
                return
            except GitError:
                # The first that did not come is the broken one, unless git fell over before it said that it was whole.
                suspect, commits = commits[done], commits[done + 1 :]
            try:
                yield from self._changed([suspect])
            except GitError:
                broken += 1

    def _changed(self, commits: Iterable[str]) -> Iterator[Change]:
        given = "".join(f"{commit}\n" for commit in commits).encode()
        return changes(self.stream("diff-tree", "--stdin", *_CHANGES, given=given))

    def blobs(self, commits: Iterable[str]) -> Iterator[str]:
        """The blobs before and after of every file that some commits changed."""
        given = "".join(f"{commit}\n" for commit in commits).encode()
        flags = ("--stdin", "--raw", "-r", "--root", "--always", "-z", "--no-renames", "--no-abbrev")
        for change in changes(self.stream("diff-tree", *flags, "--ignore-submodules=all", given=given)):
            yield from (blob for pair in change.pairs for blob in blobs(pair) if blob.strip(_NO_OBJECT))

    def tree(self, commit: str) -> Iterator[tuple[str, bytes]]:
        """Blob and path of every file that a commit holds."""
        for token in _tokens(self.stream("ls-tree", "-r", "-z", "--full-tree", commit)):
            kind, _, path = token.partition(b"\t")
            mode, _, blob = kind.decode("ascii").split(" ")
            if mode.startswith("100"):
                yield blob, path

    def contents(self, names: Iterable[str], most_bytes: int) -> Iterator[tuple[str, bytes]]:
        """The first bytes of some blobs; those that are not there, or are none, are left out."""
        given = "".join(f"{name}\n" for name in dict.fromkeys(names)).encode()
        return objects(self.stream("cat-file", "--batch", given=given), most_bytes) if given else iter(())

    def file(self, commit: str, path: str) -> str:
        """A text at the top of a commit's tree; empty if there is none, or its object is not there."""
        try:
            return self.ask("cat-file", "blob", f"{commit}:{path}").decode("utf-8", errors="replace")
        except SkipError:
            return ""

    def _symbolic(self, reference: str) -> str:
        try:
            return self.ask("symbolic-ref", "--quiet", reference).decode(errors="replace").strip()
        except SkipError:
            return ""

    def _commit(self, reference: str) -> str | None:
        try:
            said = self.ask("rev-parse", "--verify", "--quiet", f"{reference}^{{commit}}")
        except SkipError:
            return None
        text = said.decode("ascii", errors="replace").strip()
        return text if re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", text) else None


def _tokens(chunks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        pieces = (rest + chunk).split(b"\0")
        rest = pieces.pop()
        yield from pieces

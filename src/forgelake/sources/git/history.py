"""A repository on this machine, asked by git: its default branch, its commits, what they changed."""

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from forgelake.model.errors import SkipError
from forgelake.normalise.git.changes import Change, changes
from forgelake.normalise.git.headers import FORMAT, Header, headers
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
_MOST_BROKEN: Final = 1_000
_BRANCH: Final = "refs/heads/"
_ORIGIN: Final = "refs/remotes/origin/"


@dataclass(frozen=True, slots=True)
class History:
    """A git directory.

    Attributes:
        folder: the git directory, absolute.
        more: variables that say where further objects are.
    """

    git: Git
    folder: Path
    more: Mapping[str, str] = field(default_factory=dict)

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
        common = Path(self.ask("rev-parse", "--git-common-dir").decode(errors="surrogateescape").removesuffix("\n"))
        file = self.folder / common / "shallow"
        return frozenset(file.read_text().split()) if file.is_file() else frozenset()

    def commits(self, head: str, wanted: Container[str] | None, now: datetime) -> Iterator[Header]:
        """The commits of a branch that some people wrote, alone or with others, newest first.

        Raises:
            SkipError: the history cannot be read.
        """
        return headers(self.stream(*_LOG, head, "--"), wanted, now)

    def changed(self, commits: Sequence[str]) -> Iterator[Change]:
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
        return changes(self.stream("diff-tree", "--stdin", "--numstat", *COUNTING, given=given))

    def blobs(self, commits: Iterable[str], pathspecs: Sequence[str] = ()) -> Iterator[tuple[str, str, str, bytes]]:
        """Commit, blob before, blob after and path of every file that some commits changed; zeros for no blob."""
        given = "".join(f"{commit}\n" for commit in commits).encode()
        flags = ("--stdin", "--raw", "-r", "--root", "--always", "-z", "--no-renames", "--no-abbrev")
        said = self.stream("diff-tree", *flags, "--ignore-submodules=all", "--", *pathspecs, given=given)
        commit, fields = "", list[str]()
        for token in _tokens(said):
            if fields:
                yield commit, fields[2], fields[3], token
                fields = list[str]()
            elif token.startswith(b":"):
                fields = token.decode("ascii").split(" ")
            else:
                commit = token.decode("ascii").strip()

    def tree(self, commit: str) -> Iterator[tuple[str, bytes]]:
        """Blob and path of every file that a commit holds."""
        for token in _tokens(self.stream("ls-tree", "-r", "-z", "--full-tree", commit)):
            kind, _, path = token.partition(b"\t")
            mode, _, blob = kind.decode("ascii").split(" ")
            if mode.startswith("100"):
                yield blob, path

    def contents(self, blobs: Iterable[str], most_bytes: int) -> Iterator[tuple[str, bytes]]:
        """The bytes of some blobs; those that are not there, are none, or are larger than that are left out."""
        known = self._sizes(dict.fromkeys(blobs))
        given = "".join(f"{blob}\n" for blob, size in known.items() if size <= most_bytes).encode()
        rest = self.ask("cat-file", "--batch", given=given) if given else b""
        at = 0
        while at < len(rest):
            end = rest.index(b"\n", at)
            said = rest[at:end].decode("ascii").split(" ")
            at = end + 1
            if len(said) == 3:  # noqa: PLR2004 - id, type, size
                size = int(said[2])
                yield said[0], rest[at : at + size]
                at += size + 1

    def _sizes(self, blobs: Iterable[str]) -> dict[str, int]:
        given = "".join(f"{blob}\n" for blob in blobs).encode()
        lines = self.ask("cat-file", "--batch-check", given=given).decode("ascii").splitlines() if given else []
        parts = (line.split(" ") for line in lines)
        return {part[0]: int(part[2]) for part in parts if part[1] == "blob"}

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

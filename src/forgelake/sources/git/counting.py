"""What a person's commits changed: files and lines by class, folders, and manifests of packages."""

from collections import defaultdict
from collections.abc import Callable, Container, Iterable
from functools import cache
from operator import itemgetter
from posixpath import dirname
from typing import NamedTuple

from forgelake.model.commits import PathClass, Tally
from forgelake.normalise.git.attributes import pattern_of
from forgelake.normalise.git.changes import Change, FileChange, Pair, blobs
from forgelake.normalise.git.contents import MOST_BYTES
from forgelake.normalise.git.paths import Classifier, is_open
from forgelake.sources.git.ends import End
from forgelake.sources.git.history import History
from forgelake.sources.git.packages import Touched, is_manifest


class _File(NamedTuple):
    """What is known of a path; ``is_open``: its content will tell more of its class."""

    of: PathClass
    is_manifest: bool
    is_open: bool


class Counting:
    """Adds up what commits changed, in order from either end; every path is looked at once.

    Attributes:
        folders: of all files.
        manifests: those that commits touched.
        left_out: the commits that touch nothing but what is left out.
    """

    def __init__(
        self,
        classifier: Classifier,
        skips: Callable[[bytes], bool] | None = None,
        without: Container[str] = frozenset(),
    ) -> None:
        """``skips`` are paths, see ``left_out``; ``without`` are commits that are not counted."""
        self.folders = set[str]()
        self.manifests = list[Touched]()
        self.left_out = set[str]()
        self._classifier = classifier
        self._skips = skips
        self._without = without
        self._known = dict[bytes, _File]()
        self._plain = dict[bytes, PathClass]()  # of the files that are neither manifests nor open
        self._tallies = dict[str, tuple[Tally, ...]]()
        self._unsettled = dict[str, _Sums]()
        self._open = dict[bytes, _Open]()

    def take(self, change: Change, end: End = End.NEWEST) -> None:
        """Count one commit more, of a history that is read from an end."""
        commit, files, pairs = change.commit, change.files, change.pairs
        if commit in self._without:
            return
        if skips := self._skips:
            files = [file for file in files if not skips(file[0])]
            pairs = [pair for pair in pairs if not skips(pair[2])]
        if change.files and not files:
            self.left_out.add(commit)
            return
        for pair in pairs:
            if pair[2] not in self._plain or pair[1] is not pair[2]:
                self._take_pair(commit, pair, end)
        self._tallies[commit] = self._take_files(commit, files).tallies()

    def _take_files(self, commit: str, files: Iterable[FileChange]) -> "_Sums":
        plain, sums = self._plain, _Sums()
        for file in files:
            of = plain.get(file[0])
            if of is not None:
                sums.add(of, file)
            elif file[0] in self._open:
                self._open[file[0]].changes.append((sums, file))
                self._unsettled[commit] = sums
            else:
                sums.add((self._known.get(file[0]) or self._look(file[0])).of, file)
        return sums

    def _take_pair(self, commit: str, pair: Pair, end: End) -> None:
        _, path, after = pair
        file = self._known.get(after) or self._look(after)
        if file.is_manifest or (path is not after and is_manifest(path)):
            self.manifests.append(Touched(commit, path, after, *blobs(pair)))
        if file.is_open:
            self._open.setdefault(after, _Open()).seen(blobs(pair), end)

    def settle(self, history: History) -> None:
        """Look into the files whose paths leave their class open: once each, as their newest commit has them."""
        by_blob = defaultdict[str, list[bytes]](list)
        for path, one in self._open.items():
            by_blob[one.blob].append(path)
        for blob, content in history.contents(by_blob, MOST_BYTES):
            for path in by_blob[blob]:
                self._known[path] = self._known[path]._replace(of=self._classifier.of(path, content))
        # In the same order from whichever end they came: what is landed has the same bytes then.
        for path, one in sorted(self._open.items(), key=itemgetter(0)):
            for sums, change in one.changes:
                sums.add(self._known[path].of, change)
        self._tallies |= {commit: sums.tallies() for commit, sums in self._unsettled.items()}
        self._open.clear()

    def tallies(self, commit: str) -> tuple[Tally, ...] | None:
        """What it changed; None of one that could not be counted."""
        return self._tallies.get(commit)

    def is_done_with(self, commit: str) -> bool:
        """Whether it has been taken, or is not to be."""
        return commit in self._tallies or commit in self.left_out or commit in self._without

    def _look(self, path: bytes) -> _File:
        self.folders.add(dirname(path.decode("utf-8", errors="replace")))
        found = self._known[path] = _File(self._classifier.of(path), is_manifest(path), is_open(path))
        if not (found.is_manifest or found.is_open):
            self._plain[path] = found.of
        return found


class _Sums(dict[PathClass, list[int]]):
    """Files, binary ones, lines added and deleted, by class."""

    __slots__ = ()

    def add(self, of: PathClass, change: FileChange) -> None:
        """Count one file more."""
        _, added, deleted = change
        held = self.get(of)
        if held is None:
            held = self[of] = [0, 0, 0, 0]
        held[0] += 1
        if added is None or deleted is None:
            held[1] += 1
        else:
            held[2] += added
            held[3] += deleted

    def tallies(self) -> tuple[Tally, ...]:
        """The same as values."""
        return tuple([Tally(of, *numbers) for of, numbers in self.items()])


class _Open:
    """A file that is to be looked into as it was last, and what was done to it."""

    __slots__ = ("blob", "changes", "is_newest")

    def __init__(self) -> None:
        self.blob = ""
        self.changes = list[tuple[_Sums, FileChange]]()
        self.is_newest = False

    def seen(self, both: tuple[str, str], end: End) -> None:
        """As a commit has it: of those from the newest end the first counts, of the others the last."""
        if not self.is_newest:
            before, after = both
            self.blob = after if after.strip("0") else before
            self.is_newest = end is End.NEWEST


def left_out(paths: Iterable[str]) -> Callable[[bytes], bool] | None:
    """Whether a file is one that the person leaves out; None where they leave out none."""
    patterns = [pattern_of(path.rstrip("/")) for path in paths]
    if not patterns:
        return None

    def matches(path: bytes) -> bool:
        text = path.decode("utf-8", errors="replace")
        folders = [text[:at] for at, sign in enumerate(text) if sign == "/"]
        return any(pattern.fullmatch(place) for pattern in patterns for place in (text, *folders))

    return cache(matches)

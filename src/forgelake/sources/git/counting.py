"""What a person's commits changed: files and lines by class, folders, and manifests of packages."""

from collections.abc import Callable, Container, Iterable
from functools import cache
from posixpath import dirname
from typing import NamedTuple

from forgelake.model.commits import PathClass, Tally
from forgelake.normalise.git.attributes import pattern_of
from forgelake.normalise.git.changes import Change, FileChange, blobs
from forgelake.normalise.git.paths import Classifier
from forgelake.sources.git.packages import Touched, is_manifest


class _File(NamedTuple):
    """What is known of a path."""

    of: PathClass
    is_manifest: bool


class Counting:
    """Adds up what commits changed; every path is looked at once.

    Attributes:
        tallies: by commit.
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
        self.tallies = dict[str, tuple[Tally, ...]]()
        self.folders = set[str]()
        self.manifests = list[Touched]()
        self.left_out = set[str]()
        self._classifier = classifier
        self._skips = skips
        self._without = without
        self._known = dict[bytes, _File]()

    def take(self, change: Change) -> None:
        """Count one commit more."""
        commit, files, pairs = change.commit, change.files, change.pairs
        if commit in self._without:
            return
        if skips := self._skips:
            files = [file for file in files if not skips(file[0])]
            pairs = [pair for pair in pairs if not skips(pair[2])]
        if change.files and not files:
            self.left_out.add(commit)
            return
        self.tallies[commit] = self._tallies(files)
        known = self._known
        for pair in pairs:
            _, before, after = pair
            if (known.get(after) or self._look(after)).is_manifest or (before is not after and is_manifest(before)):
                self.manifests.append(Touched(commit, before, after, *blobs(pair)))

    def is_done_with(self, commit: str) -> bool:
        """Whether it has been taken, or is not to be."""
        return commit in self.tallies or commit in self.left_out or commit in self._without

    def _tallies(self, files: Iterable[FileChange]) -> tuple[Tally, ...]:
        known, sums = self._known, dict[PathClass, list[int]]()
        for path, added, deleted in files:
            path_class = (known.get(path) or self._look(path)).of
            held = sums.get(path_class)
            if held is None:
                held = sums[path_class] = [0, 0, 0, 0]
            held[0] += 1
            if added is None or deleted is None:
                held[1] += 1
            else:
                held[2] += added
                held[3] += deleted
        return tuple(Tally(path_class, *numbers) for path_class, numbers in sums.items())

    def _look(self, path: bytes) -> _File:
        self.folders.add(dirname(path.decode("utf-8", errors="replace")))
        found = self._known[path] = _File(self._classifier.of(path), is_manifest(path))
        return found


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

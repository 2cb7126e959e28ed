"""Third-party packages: which of them a person's commits added, and which the manifests near their files name."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from posixpath import dirname
from typing import Final, NamedTuple

from forgelake.model.commits import Package
from forgelake.model.errors import SkipError
from forgelake.normalise.git.manifests import MOST_BYTES, form_of, packages
from forgelake.sources.git.history import History

_WORD: Final = re.compile(rb"[A-Za-z_][\w-]*")
_COMMENT: Final = re.compile(rb"#|(?<!:)//|<!--|/\*")


def is_manifest(path: bytes) -> bool:
    """Whether a file names packages; how it names them is for ``packages`` to know."""
    return form_of(path.decode("utf-8", errors="replace")) is not None


class Touched(NamedTuple):
    """A file that a commit changed, and that is a manifest before or after it.

    Attributes:
        path, path_after: the same but for a file that was renamed.
        blob, blob_after: what it held; zeros where it was not there.
    """

    commit: str
    path: bytes
    path_after: bytes
    blob: str
    blob_after: str


def added(history: History, touched: Iterable[Touched]) -> dict[str, tuple[Package, ...]]:
    """The packages that each commit added: named by a manifest after it, and by none that it touched before.

    So a package that moves from one manifest to another within a commit is not added.
    """
    by_commit: dict[str, list[Touched]] = defaultdict(list)
    for one in touched:
        by_commit[one.commit].append(one)
    wanted = sorted({blob for several in by_commit.values() for one in several for blob in (one.blob, one.blob_after)})
    manifests = _Manifests(dict(history.contents(wanted, MOST_BYTES + 1)))
    found = dict[str, tuple[Package, ...]]()
    for commit, several in by_commit.items():
        names = set[Package]()
        for one in filter(manifests.may_add, several):
            names |= manifests.named(one.path_after, one.blob_after) - manifests.named(one.path, one.blob)
        if names:
            names.difference_update(*(manifests.named(one.path, one.blob) for one in several))
        found[commit] = tuple(sorted(names))
    return found


class _Manifests:
    """Contents of manifests by their blobs, read once: what is after one commit is before the next."""

    def __init__(self, contents: Mapping[str, bytes]) -> None:
        self._contents = contents
        self.named = cache(self._named)
        self._lines = cache(self._lines_of)

    def may_add(self, one: Touched) -> bool:
        """Whether a changed line has a word that none had in its place: most changes are of numbers only."""
        if one.path != one.path_after:
            return True
        old, new = self._lines(one.blob), self._lines(one.blob_after)
        gone, come = b"\n".join(old - new), b"\n".join(new - old)
        # What was a comment before named nothing, and neither did what had one; `//` in an address is none.
        return _COMMENT.search(gone) is not None or not set(_WORD.findall(come)) <= set(_WORD.findall(gone))

    def _named(self, path: bytes, blob: str) -> frozenset[Package]:
        return packages(path.decode("utf-8", errors="replace"), self._contents.get(blob, b""))

    def _lines_of(self, blob: str) -> frozenset[bytes]:
        return frozenset(self._contents.get(blob, b"").splitlines())


def used(
    history: History, head: str, folders: Iterable[str], before: frozenset[Package] = frozenset()
) -> frozenset[Package] | None:
    """The packages that the manifests nearest to some folders name, in those folders or above them.

    Args:
        before: packages that were used so; where is not known, so they count as long as any manifest names them.

    Returns:
        None where the tree is not there.
    """
    try:
        return _used(history, head, folders, before)
    except SkipError:
        return None


def _used(history: History, head: str, folders: Iterable[str], before: frozenset[Package]) -> frozenset[Package]:
    manifests: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for blob, path in history.tree(head):
        if is_manifest(path):
            name = path.decode("utf-8", errors="replace")
            manifests[_home(name)].append((blob, name))
    near = {place for folder in folders if (place := _nearest(folder, manifests)) is not None}
    looked_at = manifests.keys() if before else near
    contents = dict(history.contents((blob for place in looked_at for blob, _ in manifests[place]), MOST_BYTES))
    named = {
        place: {package for blob, name in manifests[place] for package in packages(name, contents.get(blob, b""))}
        for place in looked_at
    }
    kept = before.intersection(*[set().union(*named.values())]) if before else before
    return kept.union(*(named[place] for place in near))


def _home(path: str) -> str:
    """The folder that a manifest speaks for."""
    folder = dirname(path)
    if folder.endswith(".github/workflows"):
        return dirname(dirname(folder))
    return dirname(folder) if folder.rpartition("/")[2] == "requirements" else folder


def _nearest(folder: str, manifests: Mapping[str, object]) -> str | None:
    while folder not in manifests:
        if not folder:
            return None
        folder = dirname(folder)
    return folder

"""Third-party packages: which of them a person's commits added, and which the manifests near their files name."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from posixpath import dirname
from typing import Final

from forgelake.model.commits import Package
from forgelake.model.errors import SkipError
from forgelake.normalise.git.manifests import MOST_BYTES, form_of, packages
from forgelake.sources.git.history import History

_WORD: Final = re.compile(rb"[A-Za-z_][\w-]*")


def is_manifest(path: bytes) -> bool:
    """Whether a file names packages; how it names them is for ``packages`` to know."""
    return form_of(path.decode("utf-8", errors="replace")) is not None


def added(history: History, commits: Iterable[str]) -> dict[str, tuple[Package, ...]]:
    """The packages that each commit added: named by a manifest after it, and by that manifest not before.

    A package that moves from one manifest to another within a commit is not added.

    Args:
        commits: those that touch a manifest.
    """
    touched = [change for change in history.blobs(commits) if is_manifest(change[3])]
    wanted = {blob for _, before, after, _ in touched for blob in (before, after)}
    contents = dict(history.contents(sorted(wanted), MOST_BYTES))

    @cache
    def named(path: bytes, blob: str) -> frozenset[Package]:
        # What is after one commit is before the next.
        return packages(path.decode("utf-8", errors="replace"), contents.get(blob, b""))

    sides: dict[str, tuple[set[Package], set[Package]]] = defaultdict(lambda: (set(), set()))
    naming = {one[0] for one in touched if _may_name_others(contents.get(one[1], b""), contents.get(one[2], b""))}
    for commit, before, after, path in touched:
        if commit in naming:
            old, new = sides[commit]
            old |= named(path, before)
            new |= named(path, after)
    return {commit: tuple(sorted(new - old)) for commit, (old, new) in sides.items()}


def _may_name_others(before: bytes, after: bytes) -> bool:
    """Whether a changed line has a word that none had in its place: most changes of manifests are of numbers only."""
    old, new = set(before.splitlines()), set(after.splitlines())
    gone, come = b"\n".join(old - new), b"\n".join(new - old)
    # What was a comment before named nothing.
    return b"#" in gone or b"/" in gone or not set(_WORD.findall(come)) <= set(_WORD.findall(gone))


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

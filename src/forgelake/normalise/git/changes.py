"""``git diff-tree --stdin -z --numstat``: which files each commit changed, by how many lines.

Everything ends with NUL: a commit's id, then for each file ``added TAB deleted TAB path``. Of a renamed file the path
is empty, and the old and the new one follow. A binary file has ``-`` for numbers. Paths are bytes: they may hold
anything but NUL, line ends, tabs and bytes that are no text included.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from forgelake.model.errors import SkipError


class FileChange(NamedTuple):
    """A file that a commit changed.

    Attributes:
        path: as of after the commit; of a deleted file, before.
        added, deleted: lines; None for a binary file.
    """

    path: bytes
    added: int | None
    deleted: int | None


class Change(NamedTuple):
    """A commit and its files, those first that git tells first."""

    commit: str
    files: list[FileChange]


def changes(chunks: Iterable[bytes]) -> Iterator[Change]:
    """Read what git prints, in pieces of any size.

    A commit is given once the next begins or the input ends, so of one that was cut off its last file may be missing.

    Raises:
        SkipError: this is not what git prints.
    """
    current: Change | None = None
    tokens = chain.from_iterable(_pieces(chunks))
    for token in tokens:
        added, _, rest = token.partition(b"\t")
        if not rest:
            if current is not None:
                yield current
            current = Change(_commit_id(token), [])
            continue
        deleted, tab, path = rest.partition(b"\t")
        if current is None or not tab:
            raise _not_ours(token)
        if not path:
            next(tokens, b"")
            path = next(tokens, b"")
        current.files.append(_file(path, added, deleted))
    if current is not None:
        yield current


def _file(path: bytes, added: bytes, deleted: bytes) -> FileChange:
    if added.isdigit() and deleted.isdigit():
        return FileChange(path, int(added), int(deleted))
    if added != b"-":
        raise _not_ours(added)
    return FileChange(path, None, None)


def _pieces(chunks: Iterable[bytes]) -> Iterator[list[bytes]]:
    """What is between the NULs, as many at once as there are."""
    rest = b""
    for chunk in chunks:
        pieces = (rest + chunk).split(b"\0")
        rest = pieces.pop()
        yield pieces


def _commit_id(token: bytes) -> str:
    # A line end before the id is how some versions part records.
    text = token.strip(b"\n").decode("ascii", errors="replace")
    if len(text) not in (40, 64) or not text.isalnum():
        raise _not_ours(token)
    return text


def _not_ours(token: bytes) -> SkipError:
    # Its content is not told: it may be a path.
    return SkipError(f"git printed something that is no change of a file ({len(token)} bytes)")

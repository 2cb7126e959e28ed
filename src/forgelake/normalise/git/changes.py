"""``git diff-tree --stdin -z --numstat``: which files each commit changed, by how many lines.

Everything ends with NUL: a commit's id, then for each file ``added TAB deleted TAB path``. Of a renamed file the path
is empty, and the old and the new one follow. A binary file has ``-`` for numbers. Paths are bytes: they may hold
anything but NUL, line ends, tabs and bytes that are no text included.
"""

from collections.abc import Iterable, Iterator
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
    tokens = _tokens(chunks)
    for token in tokens:
        if b"\t" not in token:
            if current is not None:
                yield current
            current = Change(_commit_id(token), [])
            continue
        if current is None:
            raise _not_ours(token)
        added, deleted, path = _parts(token)
        if not path:
            next(tokens, b"")
            path = next(tokens, b"")
        if added == b"-":
            current.files.append(FileChange(path, None, None))
        else:
            current.files.append(FileChange(path, _number(added), _number(deleted)))
    if current is not None:
        yield current


def _tokens(chunks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        pieces = (rest + chunk).split(b"\0")
        rest = pieces.pop()
        yield from pieces


def _parts(token: bytes) -> list[bytes]:
    parts = token.split(b"\t", 2)
    if len(parts) != 3:  # noqa: PLR2004 - added, deleted, path
        raise _not_ours(token)
    return parts


def _number(digits: bytes) -> int:
    if not digits.isdigit():
        raise _not_ours(digits)
    return int(digits)


def _commit_id(token: bytes) -> str:
    # A line end before the id is how some versions part records.
    text = token.strip(b"\n").decode("ascii", errors="replace")
    if len(text) not in (40, 64) or not text.isalnum():
        raise _not_ours(token)
    return text


def _not_ours(token: bytes) -> SkipError:
    # Its content is not told: it may be a path.
    return SkipError(f"git printed something that is no change of a file ({len(token)} bytes)")

"""``git log`` and ``git diff-tree`` with ``-z --raw --numstat``: which files each commit changed, by how many lines.

Everything ends with NUL. First what was asked for of a commit, its id before all else; then for each file its blobs
before and after; then for each file ``added TAB deleted TAB path``. Of a renamed file that path is empty, and the old
and the new one follow. A binary file has ``-`` for numbers. Paths are bytes: they may hold anything but NUL, line ends,
tabs and bytes that are no text included.
"""

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import NamedTuple, TypeAlias

from forgelake.model.errors import SkipError

FileChange: TypeAlias = tuple[bytes, int | None, int | None]
"""Path as of after the commit, of a deleted file as of before; lines added, lines deleted, None for a binary file."""

Pair: TypeAlias = tuple[bytes, bytes, bytes]
"""What ``blobs`` reads, the path before and the path after."""


class Change(NamedTuple):
    """A commit and its files, those first that git tells first.

    Attributes:
        fields: its id, and what else was asked for.
        pairs: which blobs became which; nothing where git was not asked.
    """

    fields: list[bytes]
    files: list[FileChange]
    pairs: list[Pair]

    @property
    def commit(self) -> str:
        """Its id."""
        return self.fields[0].decode("ascii")


def changes(chunks: Iterable[bytes], fields: int = 1) -> Iterator[Change]:
    """Read what git prints, in pieces of any size.

    A commit is given once the next begins or the input ends, so of one that was cut off its last file may be missing.

    Args:
        fields: how many there are of each commit, its id included.

    Raises:
        SkipError: this is not what git prints.
    """
    current: Change | None = None
    tokens = chain.from_iterable(_pieces(chunks))
    for token in tokens:
        if b":" in token[:2] and current is not None:
            path = next(tokens, b"")
            # Only a file that was renamed has a number there: how alike the two are.
            current.pairs.append((token, path, next(tokens, b"") if token[-1:].isdigit() else path))
            continue
        parts = token.split(b"\t", 2)
        if len(parts) == 1:
            if current is not None:
                yield current
            current = Change([_commit_id(token), *islice(tokens, fields - 1)], [], [])
        elif current is None or len(parts) == 2:  # noqa: PLR2004 - numbers without a path
            raise _not_ours(token)
        else:
            current.files.append(_file(parts, tokens))
    if current is not None:
        yield current


def blobs(pair: Pair) -> tuple[str, str]:
    """The blob before and the blob after; zeros for none."""
    _, _, before, after, _ = pair[0].decode("ascii").split(" ")
    return before, after


def _file(parts: list[bytes], tokens: Iterator[bytes]) -> FileChange:
    added, deleted, path = parts
    if not path:
        next(tokens, b"")
        path = next(tokens, b"")
    try:
        # A line end before the first number is no matter.
        return path, int(added), int(deleted)
    except ValueError:
        if added.strip() != b"-" or deleted != b"-":
            raise _not_ours(added) from None
        return path, None, None


def _pieces(chunks: Iterable[bytes]) -> Iterator[list[bytes]]:
    """What is between the NULs, as many at once as there are."""
    rest = b""
    for chunk in chunks:
        pieces = (rest + chunk).split(b"\0")
        rest = pieces.pop()
        yield pieces


def _commit_id(token: bytes) -> bytes:
    # A line end before the id is how some versions part records.
    text = token.strip(b"\n")
    if len(text) not in (40, 64) or not text.isalnum():
        raise _not_ours(token)
    return text


def _not_ours(token: bytes) -> SkipError:
    # Its content is not told: it may be a path.
    return SkipError(f"git printed something that is no change of a file ({len(token)} bytes)")

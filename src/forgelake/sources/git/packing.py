"""What was mined of a repository as bytes: all that landing keeps of it, and all that its rows are made from."""

import gzip

import msgspec

from forgelake.model.commits import MinedRepo

_DECODER = msgspec.json.Decoder(MinedRepo)


def packed(repo: MinedRepo) -> bytes:
    """The same bytes for the same commits."""
    return gzip.compress(msgspec.json.encode(repo, order="deterministic"), mtime=0)


def unpacked(data: bytes) -> MinedRepo:
    """What was packed.

    Raises:
        OSError, ValueError: it is something else.
    """
    return _DECODER.decode(gzip.decompress(data))

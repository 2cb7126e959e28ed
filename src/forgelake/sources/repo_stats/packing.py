"""An archive's files as one object for landing: a tar file, with a note of whose they are. Same files, same bytes."""

import gzip
import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final, NamedTuple

_NOTE: Final = "repository.json"


@dataclass(frozen=True, slots=True)
class Repository:
    """Whose traffic it is; id and visibility are None where they could not be found out."""

    name: str
    id: int | None = None
    visibility: str | None = None


class Member(NamedTuple):
    """A file within the object; ``offset`` is where its bytes begin in the inflated text."""

    content: bytes
    offset: int


def packed(files: Mapping[str, bytes], repository: Repository) -> bytes:
    """The files and the note as a compressed tar file."""
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in [(_NOTE, json.dumps(asdict(repository)).encode()), *sorted(files.items())]:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return gzip.compress(sink.getvalue(), mtime=0)


def unpacked(data: bytes) -> tuple[Repository, dict[str, Member]]:
    """What ``packed`` was given."""
    text = gzip.decompress(data)
    with tarfile.open(fileobj=io.BytesIO(text)) as archive:
        members = {
            member.name: Member(text[member.offset_data : member.offset_data + member.size], member.offset_data)
            for member in archive.getmembers()
        }
    note = members.pop(_NOTE)
    return Repository(**json.loads(note.content)), members

"""Landing: a slice's bytes as received, never changed.

The object's name carries its digest, so new bytes never replace old ones. A note beside it says where the
bytes came from; landing alone is enough to make everything else again.
"""

import json
from collections.abc import Collection, Iterator
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path

from forgelake.model.errors import UsageError
from forgelake.model.slices import Receipt, SliceKey
from forgelake.storage.objects import Storage

LANDING, REFUSED = "landing", "refused"
_NOTE = ".receipt.json"


def object_path(key: SliceKey, start: datetime, sha256: str, *, origin_slug: str, area: str = LANDING) -> str:
    """Where bytes of a slice with that digest lie, e.g. ``landing/gharchive/2016/01/01/…``."""
    return f"{area}/{key.source}/{start:%Y/%m/%d}/{key.name}.{origin_slug}.{sha256[:16]}.json.gz"


class Landing:
    """Bytes as received, in a storage."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def land(self, receipt: Receipt, file: Path) -> None:
        """Keep a file's bytes under ``receipt.path``. The note comes last: with it the slice has landed.

        An origin may go back to bytes that it sent before. The note then tells of the latest time, because of several
        versions the one received last counts.
        """
        note = receipt.path + _NOTE
        if not self._storage.exists(note):
            self._storage.put_file(receipt.path, file)
        self.tell_again(receipt)

    def land_bytes(self, receipt: Receipt, data: bytes) -> None:
        """Keep bytes that are in memory, as ``land`` does a file's."""
        if not self._storage.exists(receipt.path + _NOTE):
            self._storage.put(receipt.path, data)
        self.tell_again(receipt)

    def tell_again(self, receipt: Receipt) -> None:
        """Write a slice's note once more, for whoever waits for notes."""
        self._storage.put(receipt.path + _NOTE, _as_json(receipt))

    def receipt(self, note: str) -> Receipt:
        """What a note says.

        Raises:
            NoSuchObjectError: there is none of that path.
            UsageError: the path is not a note's.
        """
        if not (note.startswith(f"{LANDING}/") and note.endswith(_NOTE)):
            message = f'"{note}" is no note of landing; its name ends in {_NOTE}'
            raise UsageError(message)
        return _from_json(self._storage.get(note))

    def fetch(self, receipt: Receipt, file: Path) -> None:
        """Copy landed bytes into a local file."""
        self._storage.download(receipt.path, file)

    def receipts(self, source: str, first: date, last: date, known: Collection[str] = ()) -> Iterator[Receipt]:
        """What has landed of slices named for the days from first to last, both included, in order.

        Objects whose path is known are left out; their notes are not even read.
        """
        day = first
        while day <= last:
            prefix = f"{LANDING}/{source}/{day:%Y/%m/%d}/"
            notes = sorted(info.path for info in self._storage.list(prefix) if info.path.endswith(_NOTE))
            for note in notes:
                if note.removesuffix(_NOTE) in known:
                    continue
                yield _from_json(self._storage.get(note))
            day = date.fromordinal(day.toordinal() + 1)

    def days(self, source: str) -> list[date]:
        """The days that anything has landed of, in order."""
        prefix = f"{LANDING}/{source}/"
        found = {info.path.removeprefix(prefix)[:10] for info in self._storage.list(prefix)}
        return sorted(date.fromisoformat(day.replace("/", "-")) for day in found)

    def remove(self, receipt: Receipt) -> None:
        """Forget a slice's bytes (retention)."""
        self._storage.delete(receipt.path)
        self._storage.delete(receipt.path + _NOTE)


def _as_json(receipt: Receipt) -> bytes:
    return json.dumps(asdict(receipt), default=datetime.isoformat, indent=1).encode()


def _from_json(text: bytes) -> Receipt:
    fields = json.loads(text)
    fields["key"] = SliceKey(**fields["key"])
    for name in ("start", "end", "received_at"):
        fields[name] = datetime.fromisoformat(fields[name])
    return Receipt(**fields)

"""One slice from its origins to staged files. Runs in a worker process; touches no database.

What a worker leaves behind when it is killed is harmless: objects named by their digest, and staged files
that no table refers to.
"""

import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Self

from forgelake.lake.landing import LANDING, REFUSED, Landing, object_path
from forgelake.model.errors import RetryError, SkipError
from forgelake.model.hours import Hour
from forgelake.model.slices import Receipt, SliceKey, SliceStatus
from forgelake.normalise.slice import Normalised, normalise
from forgelake.sources.gharchive.due import verdict_for_404
from forgelake.sources.gharchive.origins import Origin
from forgelake.sources.gharchive.read import RefusedBodyError, read
from forgelake.state.ledger_rows import Verdict
from forgelake.storage.faults import NoSuchObjectError
from forgelake.storage.objects import Storage
from forgelake.storage.place import S3Options
from forgelake.traces.facts import Facts
from forgelake.traces.spans import Handed, continued
from forgelake.transport.client import HttpClient, HttpOptions
from forgelake.transport.download import Download
from forgelake.transport.faults import NotPublishedError

SOURCE = "gharchive"


@dataclass(frozen=True, slots=True)
class Place:
    """What a worker needs to reach the lake: values only, so that it can be sent to another process."""

    storage_uri: str
    s3: S3Options | None
    http: HttpOptions
    scratch: Path
    part_bytes: int


@dataclass(frozen=True, slots=True)
class SliceTask:
    """An hour to be collected.

    Attributes:
        origins: whom to ask, in order, with how often the hour was missing there before.
        all_origins: ask every one of them instead of stopping at the first that has the hour.
        landed: bytes that have landed already and need not be asked for.
        now: the time that decides what is due.
        land_only: leave what lands to whoever makes rows of it.
        handed: the trace that it is a part of.
    """

    hour: Hour
    origins: tuple[tuple[Origin, int], ...]
    all_origins: bool
    landed: tuple[Receipt, ...]
    now: datetime
    missing_after_hours: int
    ask_again_hours: int
    land_only: bool = False
    handed: Handed | None = None


@dataclass(slots=True)
class SliceOutcome:
    """What became of it.

    Attributes:
        verdicts: of the origins without usable data.
        landed: what has landed and is left to others.
        normalised: what the others sent, landed and staged.
        unreachable: why an origin could not be reached at all, for each that could not.
    """

    hour: Hour
    verdicts: list[Verdict] = field(default_factory=list)
    landed: list[Receipt] = field(default_factory=list)
    normalised: list[Normalised] = field(default_factory=list)
    unreachable: list[str] = field(default_factory=list)


def collect_slice(place: Place, task: SliceTask) -> SliceOutcome:
    """Ask the origins of an hour, land what they send, stage its rows.

    Raises:
        ConfigurationError, StopError: going on with other slices would be useless, too.
    """
    about = {"forgelake.source": SOURCE, "forgelake.slice": task.hour.name}
    with continued("slice", about, task.handed) as told, _Work(place, task) as work:
        outcome = work.outcome()
        told.note(_facts(outcome))
        return outcome


def _facts(outcome: SliceOutcome) -> Facts:
    """How it ended, for a trace: the best that came of any origin."""
    rows = outcome.normalised
    status = SliceStatus.LANDED if rows or outcome.landed else next((one.status for one in outcome.verdicts), "")
    return {
        "forgelake.status": "normalised" if rows else status,
        "forgelake.events": sum(one.counts.events for one in rows),
        "forgelake.rejected": sum(one.counts.rejected for one in rows),
        "forgelake.bytes": sum(one.receipt.size for one in rows) + sum(one.size for one in outcome.landed),
    }


class _Work:
    """One task with its connections and its folder, which are gone afterwards."""

    def __init__(self, place: Place, task: SliceTask) -> None:
        self._place = place
        self._task = task
        self._storage = Storage.open(place.storage_uri, place.s3)
        self._landing = Landing(self._storage)
        self._client = HttpClient(place.http)
        place.scratch.mkdir(parents=True, exist_ok=True)
        self._folder = Path(mkdtemp(prefix=f"{task.hour.name}-", dir=place.scratch))
        self._outcome = SliceOutcome(task.hour)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def outcome(self) -> SliceOutcome:
        for receipt in self._task.landed:
            self._stage_landed(receipt)
        if not self._satisfied():
            for origin, times_missing in self._task.origins:
                self._ask(origin, times_missing)
                if self._satisfied():
                    break
        return self._outcome

    def _satisfied(self) -> bool:
        enough = self._outcome.landed or any(one.counts.events for one in self._outcome.normalised)
        return not self._task.all_origins and bool(enough)

    def _ask(self, origin: Origin, times_missing: int) -> None:
        task = self._task
        try:
            download = read(origin, task.hour, self._client, self._folder, lambda: datetime.now(UTC))
        except NotPublishedError:
            verdict = verdict_for_404(
                task.hour, task.now, task.missing_after_hours, task.ask_again_hours, times_missing + 1
            )
            self._record(origin, *verdict)
        except RefusedBodyError as error:
            self._set_aside(origin, error)
        except RetryError as error:
            self._outcome.unreachable.append(str(error))
            self._record(origin, SliceStatus.FAILED, str(error), task.now)
        except SkipError as error:
            self._record(origin, SliceStatus.FAILED, str(error), task.now)
        else:
            receipt = self._receipt(origin, download)
            self._landing.land(receipt, download.path)
            if self._task.land_only:
                self._outcome.landed.append(receipt)
            else:
                self._stage(receipt, download.path)

    def _stage_landed(self, receipt: Receipt) -> None:
        local = self._folder / "landed.json.gz"
        try:
            self._landing.fetch(receipt, local)
        except NoSuchObjectError as error:
            reason = f"its bytes are gone from landing: {error}"
            verdict = Verdict(receipt.key, receipt.start, receipt.end, SliceStatus.FAILED, reason, self._task.now)
            self._outcome.verdicts.append(verdict)
        else:
            self._stage(receipt, local)

    def _stage(self, receipt: Receipt, local: Path) -> None:
        try:
            normalised = normalise(receipt, local, self._folder, part_bytes=self._place.part_bytes)
        except Exception as error:  # noqa: BLE001 - a slice that breaks the normaliser must not stop the others
            reason = f"normalising {receipt.path} failed: {type(error).__name__}: {error}"
            again = self._task.now + timedelta(hours=self._task.ask_again_hours)
            verdict = Verdict(receipt.key, receipt.start, receipt.end, SliceStatus.FAILED, reason, again)
            self._outcome.verdicts.append(verdict)
            return
        for file in normalised.files:
            file.upload(self._storage)
        self._outcome.normalised.append(normalised)
        local.unlink()

    def _set_aside(self, origin: Origin, error: RefusedBodyError) -> None:
        """Keep a body that is no archive hour where a person can look at it, outside landing."""
        receipt = self._receipt(origin, error.download, REFUSED)
        self._storage.put_file(receipt.path, error.download.path)
        reason = f"{error.reason}; kept as {receipt.path}"
        again = self._task.now + timedelta(hours=self._task.ask_again_hours)
        self._record(origin, SliceStatus.REFUSED, reason, again)

    def _record(self, origin: Origin, status: SliceStatus, reason: str, next_ask_at: datetime) -> None:
        hour = self._task.hour
        key = SliceKey(SOURCE, hour.name, origin.name)
        self._outcome.verdicts.append(Verdict(key, hour.start, hour.end, status, reason, next_ask_at))

    def _receipt(self, origin: Origin, download: Download, area: str = LANDING) -> Receipt:
        hour = self._task.hour
        key = SliceKey(SOURCE, hour.name, origin.name)
        path = object_path(key, hour.start, download.sha256, origin_slug=origin.slug, area=area)
        return Receipt(
            key, hour.start, hour.end, path, download.url, download.etag,
            download.sha256, download.size, download.received_at,
        )  # fmt: skip

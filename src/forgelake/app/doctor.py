"""``forgelake doctor``: what may be wrong with a lake, each with what to do next."""

import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from forgelake.model.counted import counted
from forgelake.model.errors import ForgelakeError
from forgelake.settings.root import Settings
from forgelake.state.address import DYNAMODB

if TYPE_CHECKING:
    from forgelake.pipelines.context import Context

FULL_BYTES: Final = 1 << 30
NEARLY_FULL_BYTES: Final = 10 << 30
COVERAGE_DAYS: Final = 30
TOKEN_ENDS_WITHIN: Final = timedelta(days=14)
CLOCKS_APART: Final = timedelta(seconds=10)
SILENT: Final = timedelta(minutes=10)


class Finding(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    """It works, and will not for long, or not wholly."""
    BAD = "bad"
    """Something does not work."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: what.
        finding: how it is.
        told: what was seen.
        next: what to do about it; empty if nothing.
    """

    name: str
    finding: Finding
    told: str
    next: str = ""


Look = Callable[["Context"], Iterator[Check]]


def examine(chosen: Settings) -> Iterator[Check]:
    """Look at everything, one after the other; what cannot be looked at is bad itself."""
    from forgelake.app.compose import opened

    yield Check("settings", Finding.OK, f"everything lives under {chosen.home}")
    databases = list(_databases(chosen))
    yield from databases
    if any(one.finding is Finding.BAD for one in databases):
        return
    try:
        with opened(chosen) as context:
            for name, look in _LOOKS.items():
                yield from _safely(name, look, context)
    except ForgelakeError as error:
        yield Check("places", Finding.BAD, str(error), "correct the setting, or start what it names")


def _safely(name: str, look: Look, context: "Context") -> Iterator[Check]:
    try:
        yield from look(context)
    except ForgelakeError as error:
        yield Check(name, Finding.BAD, str(error), "mend what the message says, then run forgelake doctor again")


def _databases(chosen: Settings) -> Iterator[Check]:
    """Looked at before the state is opened, which brings it up to date."""
    own, accounts = chosen.state.url, chosen.state.accounts_url
    if not own.startswith(DYNAMODB):
        yield _database("state", "the state", own)
        if accounts:
            told = "state.accounts_url is not used: a state in SQL keeps accounts itself"
            yield Check("accounts", Finding.WARNING, told, "take it out of the settings, or move what is there")
        return
    yield Check("state", Finding.OK, "the state is in a table of DynamoDB")
    if accounts:
        yield _database("accounts", "what DynamoDB does not keep", accounts)
    else:
        yield Check("accounts", Finding.OK, "none are kept", "for accounts, alerts and tokens: state.accounts_url")


def _database(name: str, what: str, url: str) -> Check:
    """Whether a database answers, and which version its tables have."""
    from forgelake.state.address import parse
    from forgelake.state.connection import Database
    from forgelake.state.migrating import HEAD, version

    try:
        database = Database(parse(url))
        try:
            with database.read() as connection:
                found = version(connection)
        finally:
            database.close()
    except ForgelakeError as error:
        setting = "state.url" if name == "state" else "state.accounts_url"
        return Check(name, Finding.BAD, str(error), f"start it, or correct {setting}")
    told = f"{what} at {database.shown} is " + (f"at version {found} of {HEAD}" if found else "new")
    if found is not None and found > HEAD:
        return Check(name, Finding.BAD, told, "install the newer forgelake that wrote it")
    return Check(name, Finding.OK, f"{told}; opening it brings it up to date" if found and found < HEAD else told)


def _clock(context: "Context") -> Iterator[Check]:
    real = datetime.now(UTC)
    if context.settings.now is not None:
        told = f"the clock that decides what is due stands at {context.settings.now:%Y-%m-%dT%H:%M:%SZ}"
        yield Check("clock", Finding.WARNING, told, "unset FORGELAKE_NOW, unless this is a trial")
        return
    if context.settings.state.url.startswith(DYNAMODB):
        told = "a table of DynamoDB tells no time that this machine's could be compared with"
        yield Check("clock", Finding.OK, told, "let NTP set the clocks of all machines")
        return
    apart = abs(context.state.rows.now() - real)
    finding = Finding.BAD if apart > CLOCKS_APART else Finding.OK
    told = f"this machine and the state's database are {apart.total_seconds():.1f} s apart"
    yield Check("clock", finding, told, "let NTP set the clocks of all machines" if apart > CLOCKS_APART else "")


def _storage(context: "Context") -> Iterator[Check]:
    path, content = f"doctor-{uuid.uuid4().hex}", b"written by forgelake doctor"
    context.storage.put(path, content)
    same = context.storage.get(path) == content
    context.storage.delete(path)
    finding = Finding.OK if same else Finding.BAD
    told = (
        f"{context.storage.place.shown} can be written, read and deleted"
        if same
        else "what is read is not what was written"
    )
    yield Check("storage", finding, told, "" if same else "do not collect into this storage")


def _catalog(context: "Context") -> Iterator[Check]:
    names = context.catalog.pointers()
    told = f"the catalog names {counted(len(names), 'table')}" if names else "the catalog names no tables yet"
    yield Check("catalog", Finding.OK, told, "" if names else "collect something: forgelake up")
    lost = [name for name, location in names.items() if not _is_there(context, location)]
    if lost:
        told = f"the metadata of {', '.join(lost)} is not in the storage"
        yield Check("catalog", Finding.BAD, told, "restore it from a backup, or: forgelake rebuild into a new home")


def _is_there(context: "Context", location: str) -> bool:
    from forgelake.lake.catalog import as_uri

    root = as_uri(context.storage.place.root)
    path = location.removeprefix(f"{root}/")
    return path != location and context.storage.exists(path)


def _disk(context: "Context") -> Iterator[Check]:
    usage = shutil.disk_usage(context.scratch)
    told = f"{usage.free / 1e9:,.1f} of {usage.total / 1e9:,.1f} GB are free at {context.settings.home}"
    if usage.free >= NEARLY_FULL_BYTES:
        yield Check("disk", Finding.OK, told)
        return
    finding = Finding.BAD if usage.free < FULL_BYTES else Finding.WARNING
    yield Check("disk", finding, told, "make room, or set landing.keep_days, or move storage.uri to a bucket")


def _leases(context: "Context") -> Iterator[Check]:
    now = datetime.now(UTC)
    held = context.state.leases.all_rows()
    gone = [one.name for one in held if not one.is_held(now)]
    told = f"{counted(len(held) - len(gone), 'lease')} held, {len(gone)} left behind by processes that are gone"
    yield Check("leases", Finding.OK, told, "nothing to do: whoever needs one takes it" if gone else "")
    silent = [
        f"{run.job} on {run.host}" for run in context.state.runs.running() if now - run.heartbeat_at > SILENT
        and not any(one.owner == run.owner and one.is_held(now) for one in held)
    ]  # fmt: skip
    if silent:
        told = f"runs that say nothing any more: {', '.join(silent)}"
        yield Check("runs", Finding.WARNING, told, "if those machines are gone, so are the runs; their jobs run again")


def _jobs(context: "Context") -> Iterator[Check]:
    from forgelake.app.jobs import JOBS
    from forgelake.jobs.status import JobState, live_workers, statuses

    workers = live_workers(context)
    told = (
        counted(len(workers), "worker lives", "workers live")
        if workers
        else "no worker lives, so nothing runs by itself"
    )
    advice = "" if workers else "forgelake up, or: forgelake worker"
    yield Check("workers", Finding.OK if workers else Finding.WARNING, told, advice)
    for job in statuses(context, JOBS):
        name = f"job {job.name}"
        if job.state is JobState.FAILING:
            told = f"failed {counted(job.failures, 'time')} in a row: {job.error}"
            yield Check(name, Finding.BAD, told, f"mend that, then: forgelake run {job.name}")
        elif job.paused_at is not None:
            since = f"{job.paused_at:%Y-%m-%dT%H:%M:%SZ}"
            yield Check(name, Finding.WARNING, f"paused since {since}", f"forgelake jobs resume {job.name}")


def _tokens(context: "Context") -> Iterator[Check]:
    now, known = datetime.now(UTC), context.state.tokens.all_tokens()
    yield Check("tokens", Finding.OK, counted(len(known), "token was used", "tokens were used"))
    for row in known:
        if row.expires_at is not None and row.expires_at - now < TOKEN_ENDS_WITHIN:
            finding = Finding.BAD if row.expires_at <= now else Finding.WARNING
            told = f"it ends at {row.expires_at:%Y-%m-%dT%H:%MZ}"
            yield Check(f"token {row.token}", finding, told, "make a new one, and name it in the settings [github]")
    if context.state.keeps_accounts:
        yield from _kept_tokens(context, now)
    if missing := context.state.tokens.missing():
        told = f"{len(missing)} things may not be read, e.g. {missing[0].subject} needs {missing[0].missing}"
        yield Check("permissions", Finding.WARNING, told, "forgelake github --show permissions")


def _kept_tokens(context: "Context", now: datetime) -> Iterator[Check]:
    """Those of all accounts; whether each still opens shows that the key is the right one."""
    from forgelake.app.vault import vault

    kept = vault(context.settings, context.state)
    for row in context.state.vault.all():
        name, end = f"kept token {row.name}", row.facts.expires_at
        anew = f"make a new one, then: forgelake tokens remove {row.name}, and forgelake tokens add {row.forge}"
        if row.refused is not None:
            yield Check(name, Finding.BAD, f"{row.forge} refuses it: {row.refused}", anew)
        elif end is not None and end - now < TOKEN_ENDS_WITHIN:
            yield Check(name, Finding.BAD if end <= now else Finding.WARNING, f"it ends at {end:%Y-%m-%dT%H:%MZ}", anew)
        try:
            kept.try_open(row)
        except ForgelakeError as error:
            yield Check(name, Finding.BAD, str(error), "put the key back where the settings [vault] name it")


def _coverage(context: "Context") -> Iterator[Check]:
    from forgelake.model.hours import Hour
    from forgelake.pipelines.slice_task import SOURCE
    from forgelake.query.coverage import hourly, summary

    known = context.state.ledger.period(SOURCE)
    if known is None:
        yield Check("coverage", Finding.OK, "no archive hour was ever asked for", "forgelake collect gharchive")
        return
    last = Hour.containing(known[1] - timedelta(hours=1))
    first = max(Hour.containing(known[0]), last.shifted(1 - 24 * COVERAGE_DAYS))
    whole = summary(hourly(context.state.ledger.rows(SOURCE, first.start, last.end), first, last))
    told = f"{whole.received} of {whole.expected} hours from {first} to {last} are there"
    if whole.gaps:
        gap = whole.gaps[0]
        told += f"; {len(whole.gaps)} gaps, the first {gap.start:%Y-%m-%dT%H} to {gap.end:%Y-%m-%dT%H}: {gap.reason}"
    yield Check(
        "coverage", Finding.WARNING if whole.gaps else Finding.OK, told, "forgelake coverage" if whole.gaps else ""
    )


_LOOKS: Final[dict[str, Look]] = {
    "clock": _clock,
    "storage": _storage,
    "catalog": _catalog,
    "disk": _disk,
    "leases": _leases,
    "jobs": _jobs,
    "tokens": _tokens,
    "coverage": _coverage,
}

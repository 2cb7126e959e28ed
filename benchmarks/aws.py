"""What the functions for AWS Lambda use, call by call: the numbers that docs/aws-cost.md is made from.

They run in AWS's own runtime client, on the stack of the template as moto makes it, for the sample hours of a day. What
they ask of AWS goes through a counter; CPU and memory are those of their process.
"""

import json
import os
import platform
import shutil
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from tests.aws.requests import request
from tests.aws.stack import PARAMETERS, Stack, deployed, template
from tests.servers.aws import Aws
from tests.servers.lambda_runtime import Function

from benchmarks.aws_requests import Counted
from benchmarks.options import Options
from benchmarks.report import MACHINE, Table, versions
from benchmarks.sample import HOURS, ROOT, archive, scratch
from forgelake.app.compose import opened
from forgelake.settings.loading import load

MEASURED: Final = ROOT / "docs" / "aws-measured.json"
LARGE: Final = HOURS[-1].shifted(1)
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PLACES: Final = ("FORGELAKE_STORAGE_URI", "FORGELAKE_STATE_URL", "FORGELAKE_CATALOG_URL")


@dataclass
class Kind:
    """Calls of one kind, e.g. an hour that is landed; sums over ``calls``."""

    function: str
    calls: int = 0
    cpu_seconds: float = 0
    wall_seconds: float = 0
    peak_mb: float = 0
    log_bytes: int = 0
    answer_bytes: int = 0
    seen: Counter[str] = field(default_factory=Counter)

    def means(self) -> dict[str, object]:
        """What a call takes in the middle of them."""
        each = {name: round(number / self.calls, 1) for name, number in sorted(self.seen.items()) if number}
        return {
            "function": self.function,
            "calls": self.calls,
            "cpu_seconds": round(self.cpu_seconds / self.calls, 3),
            "wall_seconds": round(self.wall_seconds / self.calls, 3),
            "peak_mb": round(self.peak_mb),
            "log_bytes": round(self.log_bytes / self.calls),
            "answer_bytes": round(self.answer_bytes / self.calls),
            **each,
        }


class Sandboxes:
    """The functions of a stack, and what was seen of their calls by kind."""

    def __init__(self, stack: Stack, counted: Counted, hours: Path, folder: Path) -> None:
        self.kinds: dict[str, Kind] = {}
        self._stack, self._counted, self._hours, self._folder = stack, counted, hours, folder

    def environ(self, name: str, home: Path) -> dict[str, str]:
        """The variables of a function, with the counter in AWS's place."""
        given: dict[str, str] = self._stack.function(name)["Environment"]["Variables"]
        own = {
            "AWS_ENDPOINT_URL": self._counted.url,
            "FORGELAKE_GHARCHIVE_URLS": self._hours.as_uri(),
            "FORGELAKE_NOW": "2016-01-02T04:00:00Z",
            "TMPDIR": str(home),
        }
        return {**self._stack.aws.environ, **given, **own}

    @contextmanager
    def started(self, name: str, handler: str = "") -> Iterator["Sandbox"]:
        """A new sandbox of a function."""
        home = self._folder / f"{name}-{time.monotonic_ns()}"
        home.mkdir()
        (own,) = template()["Resources"][name]["Properties"]["ImageConfig"]["Command"]
        with Function(handler or own, self.environ(name, home), home) as function:
            if not function.begun():
                raise RuntimeError(function.log[-3000:])
            sandbox = Sandbox(self, name, function, self._counted)
            sandbox.note(f"{name}: begin", 0.0, 0.0)
            yield sandbox
        shutil.rmtree(home)


class Sandbox:
    """One of them."""

    def __init__(self, all_: Sandboxes, name: str, function: Function, counted: Counted) -> None:
        self._all, self._name, self._function, self._counted = all_, name, function, counted

    def call(self, kind: str, event: object) -> Any:
        """Call the function, and note what that took under a kind."""
        before, logged, cpu, began = (
            self._counted.seen.copy(), len(self._function.log), _cpu(self._function.pid), time.monotonic(),
        )  # fmt: skip
        answer = self._function.call(event)
        noted = self.note(f"{self._name}: {kind}", cpu, time.monotonic() - began)
        noted.seen += self._counted.seen - before
        noted.log_bytes += len(self._function.log) - logged
        noted.answer_bytes += len(answer.get("body", ""))
        return answer

    def note(self, kind: str, cpu_before: float, wall: float) -> Kind:
        """Add a call to its kind."""
        noted = self._all.kinds.setdefault(kind, Kind(self._name))
        noted.calls += 1
        noted.cpu_seconds += _cpu(self._function.pid) - cpu_before
        noted.wall_seconds += wall
        noted.peak_mb = max(noted.peak_mb, _peak_mb(self._function.pid))
        return noted


def run(options: Options) -> list[Table]:
    """Measure, write the numbers down, and show them.

    Raises:
        NotFoundError: there are no archive hours.
    """
    files = archive(options.hours)
    with scratch() as folder, Aws(folder) as aws, Counted(aws.endpoint) as counted:
        os.environ.update(aws.environ)
        name = PARAMETERS["GithubTokenParameter"]
        aws.client("ssm").put_parameter(Name=name, Value="none", Type="SecureString")
        (folder / "hours").mkdir()
        sandboxes = Sandboxes(deployed(aws), counted, folder / "hours", folder)
        _jobs(sandboxes, files, folder / "hours")
        _transform(sandboxes, aws)
        _compact(sandboxes)
        _web(sandboxes)
        stored = _stored(aws)
    if not options.hours:
        _write(sandboxes.kinds, files, stored)
    return [_table(sandboxes.kinds)]


def _jobs(sandboxes: Sandboxes, files: list[Path], hours: Path) -> None:
    """A schedule that calls four times an hour: once it finds an hour, otherwise nothing."""
    start = HOURS[0].start
    with _lake(sandboxes, hours.parent) as state:
        state.bookmarks.set("gharchive", start, "measuring", start)
    for _ in range(3):
        with sandboxes.started("Jobs", "benchmarks.aws_clock.handler") as sandbox:
            sandbox.call("nothing due, new sandbox", _at(start))
    with sandboxes.started("Jobs", "benchmarks.aws_clock.handler") as sandbox:
        sandbox.call("nothing due, new sandbox", _at(start))
        for hour, file in zip(HOURS, files, strict=False):
            shutil.copy(file, hours)
            sandbox.call("an hour lands", _at(hour.end + timedelta(minutes=25)))
            sandbox.call("nothing due", _at(hour.end + timedelta(minutes=26)))
        with (hours / f"{LARGE.name}.json.gz").open("wb") as large:
            large.writelines(file.read_bytes() for file in files[:10])
        sandbox.call("a large hour lands", _at(LARGE.end + timedelta(minutes=25)))


def _transform(sandboxes: Sandboxes, aws: Aws) -> None:
    """One message a call, as on a day on which an hour comes each hour."""
    queue, messages = aws.client("sqs"), list[dict[str, str]]()
    address = sandboxes._stack.made["LandedQueue"]  # noqa: SLF001
    while got := queue.receive_message(QueueUrl=address, MaxNumberOfMessages=10).get("Messages"):
        messages += [{"messageId": one["MessageId"], "body": one["Body"]} for one in got if "receipt" in one["Body"]]
    messages.sort(key=lambda one: one["body"][one["body"].index("2016-01-01-") :])
    with sandboxes.started("Transform") as sandbox:
        for number, message in enumerate(messages):
            kind = "a large hour" if f"{LARGE.name}." in message["body"] else "an hour"
            sandbox.call(f"{kind}, new sandbox" if not number else kind, {"Records": [message]})


def _compact(sandboxes: Sandboxes) -> None:
    with sandboxes.started("Jobs", "benchmarks.aws_clock.handler") as sandbox:
        sandbox.call("compacts a day, new sandbox", _at(datetime(2016, 1, 2, 3, 41, tzinfo=UTC)))


def _web(sandboxes: Sandboxes) -> None:
    """A page, and answers to questions that are asked for the first time."""
    answer = "/api/v1/metrics/events/data", "from=2016-01-01T00&interval=h&to=2016-01-01T"
    for kind, (path, query) in {"a page": ("/", ""), "an answer": answer}.items():
        with sandboxes.started("Web") as sandbox:
            for number in range(5):
                event = request(path, query and f"{query}{10 + number}", accept="*/*")
                told = sandbox.call(kind if number else f"{kind}, new sandbox", event)
                if told["statusCode"] != HTTPStatus.OK:
                    raise RuntimeError(told)


@contextmanager
def _lake(sandboxes: Sandboxes, folder: Path) -> Iterator[Any]:
    given = {name: value for name, value in sandboxes.environ("Jobs", folder).items() if name in _PLACES}
    with opened(load({**given, "FORGELAKE_HOME": str(folder / "home")}, folder)) as context:
        yield context.state


def _at(instant: datetime) -> dict[str, str]:
    return {"now": instant.isoformat()}


def _cpu(pid: int) -> float:
    """CPU seconds of a process, with those of its children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / _TICKS


def _peak_mb(pid: int) -> float:
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(lines["VmHWM"].split()[0]) / 1024


def _stored(aws: Aws) -> dict[str, int]:
    """Bytes in the bucket, by what they are."""
    client, found = aws.client("s3"), Counter[str]()
    for bucket in client.list_buckets()["Buckets"]:
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket["Name"]):
            for one in page.get("Contents", ()):
                found[one["Key"].removeprefix("lake/").partition("/")[0]] += one["Size"]
    return dict(sorted(found.items()))


def _write(kinds: Mapping[str, Kind], files: list[Path], stored: Mapping[str, int]) -> None:
    told = {
        "measured": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": f"{MACHINE}, {platform.machine()}, Python {platform.python_version()}",
        "versions": versions("boto3", "awslambdaric", "moto", "pyarrow", "pyiceberg", "duckdb", "fastapi"),
        "hours": len(files),
        "hour_bytes": sum(file.stat().st_size for file in files) // len(files),
        "large_hour_bytes": sum(file.stat().st_size for file in files[:10]),
        "stored_bytes": stored,
        "calls": {name: kind.means() for name, kind in kinds.items()},
    }
    MEASURED.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def _table(kinds: Mapping[str, Kind]) -> Table:
    counted = ("s3_writes", "s3_lists", "s3_reads", "glue_requests", "read_units", "write_units")
    rows = [
        (name, *(f"{means.get(one, 0)}" for one in ("calls", "cpu_seconds", "wall_seconds", "peak_mb", *counted)))
        for name, means in ((name, kind.means()) for name, kind in kinds.items())
    ]
    columns = ("call", "calls", "CPU s", "wall s", "peak MB", "S3 writes", "lists", "reads", "Glue", "RRU", "WRU")
    notes = (
        "A call in the middle of its kind. Wall time is that of this machine against a fake that answers one request "
        "at a time, and says nothing of Lambda.",
        versions("awslambdaric", "boto3", "moto"),
    )
    return Table("aws: what a call takes", columns, rows, notes)

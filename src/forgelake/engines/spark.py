"""Spark: a session on a cluster or in this process, SQL on it, and its rows as Arrow.

Only public names of PySpark 3.5 are used. It needs Java, and for the lake's tables the Iceberg runtime, both of which
a cluster that is there already usually has.
"""

import sys
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from forgelake.model.errors import ConfigurationError, ForgelakeError, StopError, UsageError
from forgelake.storage.place import S3Options

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

NEEDS_PACKAGE: Final = 'Spark needs the package pyspark, which is not installed; run: pip install "forgelake[spark]"'
NEEDS_JAVA: Final = (
    "Spark did not start; it needs Java 8, 11 or 17 on this machine (e.g. apt-get install default-jre-headless), "
    "and what it said above is the rest of the reason"
)
NEEDS_ICEBERG: Final = (
    "Spark does not know Iceberg; name its runtime in spark.properties, e.g. "
    "spark.jars.packages=org.apache.iceberg:iceberg-spark-runtime-3.5_2.12:1.10.2 or spark.jars=/path/to/that.jar"
)
_FIXED: Final = {
    "spark.sql.session.timeZone": "UTC",
    # Timestamps of the lake are instants, and numbers that do not fit must not become other ones.
    "spark.sql.timestampType": "TIMESTAMP_LTZ",
    "spark.ui.showConsoleProgress": "false",
}
_QUIET: Final = "ERROR"
_CANCEL_EVERY_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True)
class SparkOptions:
    """Where Spark runs and with what.

    Attributes:
        master: as Spark names it, e.g. ``local[*]`` or ``spark://host:7077``.
        properties: Spark's own, by name; those that would change the meaning of answers are not taken.
        s3: how its executors reach objects under ``s3://``.
    """

    master: str
    properties: Mapping[str, str]
    s3: S3Options | None = None


def start(options: SparkOptions, name: str) -> "SparkSession":
    """The process's Spark session, started if there is none.

    Raises:
        ConfigurationError: pyspark or Java is missing, or the master cannot be reached.
    """
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise ConfigurationError(NEEDS_PACKAGE) from error
    builder = SparkSession.builder.master(options.master).appName(name)
    for key, value in {**options.properties, **_FIXED}.items():
        builder = builder.config(key, value)
    try:
        session = builder.getOrCreate()
    except PySparkException as error:
        raise ConfigurationError(NEEDS_JAVA) from error
    except Exception as error:
        message = f"Spark at {options.master} did not start: {_first_line(error)}; check spark.master"
        raise ConfigurationError(message) from error
    session.sparkContext.setLogLevel(_QUIET)
    # Else any python3 that an executor finds, where forgelake may be missing.
    session.sparkContext.pythonExec = options.properties.get("spark.pyspark.python", sys.executable)
    _reach_s3(session, options.s3)
    return session


def _reach_s3(session: "SparkSession", s3: S3Options | None) -> None:
    """Set within the session, so that no key ever stands in the arguments of Spark's processes."""
    if s3 is None:
        return
    endpoint = s3.endpoint or ""
    given = {
        "fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        "fs.s3a.endpoint": endpoint,
        "fs.s3a.endpoint.region": s3.region,
        "fs.s3a.path.style.access": "true" if endpoint else "",
        "fs.s3a.connection.ssl.enabled": "false" if endpoint.startswith("http://") else "",
        "fs.s3a.access.key": s3.access_key_id,
        "fs.s3a.secret.key": s3.secret_access_key,
        "fs.s3a.session.token": s3.session_token,
    }
    for key, value in given.items():
        if value:
            session.conf.set(key, value)


class Group:
    """The jobs that Spark does for one question, known by a name that Spark calls a job group."""

    def __init__(self, session: "SparkSession") -> None:
        self._context = session.sparkContext
        self._name = uuid.uuid4().hex

    def enter(self) -> None:
        """What this thread asks from now on is of the group."""
        self._context.setJobGroup(self._name, "forgelake", interruptOnCancel=True)

    def cancel(self) -> None:
        """End those jobs that have begun."""
        self._context.cancelJobGroup(self._name)

    def tasks(self) -> tuple[int, int]:
        """Tasks that are done, and all that are known, of the stages of the jobs that have begun."""
        tracker = self._context.statusTracker()
        jobs = (tracker.getJobInfo(job) for job in tracker.getJobIdsForGroup(self._name))
        numbers = {stage for job in jobs if job is not None for stage in job.stageIds}
        stages = [stage for stage in map(tracker.getStageInfo, numbers) if stage is not None]
        return sum(stage.numCompletedTasks for stage in stages), sum(stage.numTasks for stage in stages)


@contextmanager
def told_as_ours(group: Group, timeout_seconds: float = 0) -> Iterator[None]:
    """What the block asks is of the group; faults of Spark are errors of ours; what takes too long is stopped.

    Raises:
        UsageError: the SQL is wrong, or took too long.
        ConfigurationError: Spark has no Iceberg.
        StopError: everything else that Spark could not do.
    """
    from pyspark.errors import AnalysisException, ParseException

    ended, stopped = threading.Event(), threading.Event()

    def stop_when_late() -> None:
        # Again and again: a query is several jobs, and cancelling does not reach those that have not begun.
        while not ended.wait(_CANCEL_EVERY_SECONDS if stopped.is_set() else timeout_seconds):
            stopped.set()
            group.cancel()

    group.enter()
    if timeout_seconds:
        threading.Thread(target=stop_when_late, daemon=True).start()
    try:
        yield
    except (AnalysisException, ParseException) as error:
        raise _asked_wrongly(error) from error
    except ForgelakeError:
        raise
    except Exception as error:
        # Of PySpark or of Py4J below it, which share no class.
        raise _failed(error, timeout_seconds if stopped.is_set() else None) from error
    finally:
        ended.set()


def arrow(frame: "DataFrame") -> pa.Table:
    """All rows of a frame; names that two columns share stay so."""
    from pyspark.sql import functions
    from pyspark.sql.types import TimestampType

    fields = frame.schema.fields
    numbered = frame.toDF(*(f"c{number}" for number in range(len(fields))))
    # Python's local time would come between, so instants travel as numbers.
    chosen = [
        functions.unix_micros(f"c{number}") if isinstance(field.dataType, TimestampType) else f"c{number}"
        for number, field in enumerate(fields)
    ]
    rows = numbered.select(*chosen).collect()
    columns = zip(*rows, strict=True) if rows else ((),) * len(fields)
    arrays = [_array(values, field.dataType) for values, field in zip(columns, fields, strict=True)]
    return pa.Table.from_arrays(arrays, names=[field.name for field in fields])


def _array(values: tuple[Any, ...], kind: Any) -> pa.Array:
    from pyspark.sql.types import DecimalType, TimestampType

    if isinstance(kind, TimestampType):
        return pa.array(values, pa.int64()).cast(pa.timestamp("us", tz="UTC"))
    if isinstance(kind, DecimalType):
        return pa.array(values, pa.decimal128(kind.precision, kind.scale))
    known = _KINDS.get(kind.simpleString())
    return pa.array(values, known) if known is not None else pa.array([None if v is None else str(v) for v in values])


_KINDS: Final = {
    "bigint": pa.int64(), "int": pa.int32(), "smallint": pa.int16(), "tinyint": pa.int8(), "double": pa.float64(),
    "float": pa.float32(), "boolean": pa.bool_(), "string": pa.string(), "date": pa.date32(), "binary": pa.binary(),
    "void": pa.null(), "array<string>": pa.list_(pa.string()), "array<date>": pa.list_(pa.date32()),
}  # fmt: skip


def _asked_wrongly(error: Exception) -> ForgelakeError:
    said = _first_line(error)
    if "data source: iceberg" in said:
        return ConfigurationError(NEEDS_ICEBERG)
    return UsageError(f"Spark does not take it: {said}")


def _failed(error: Exception, stopped_after: float | None) -> ForgelakeError:
    if stopped_after is not None:
        return UsageError(
            f"the query was stopped after {stopped_after:g} s; ask for less, or raise sql.timeout_seconds"
        )
    said = str(error)
    if "data source: iceberg" in said or "iceberg.DefaultSource" in said:
        return ConfigurationError(NEEDS_ICEBERG)
    return StopError(f"Spark failed: {_first_line(error)}")


def _first_line(error: Exception) -> str:
    """What a person can use of it: Java's lists of calls are not."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    lines = [line for line in lines if not line.startswith(("at ", "JVM stacktrace", "An error occurred while"))]
    return lines[0].removeprefix(": ") if lines else type(error).__name__

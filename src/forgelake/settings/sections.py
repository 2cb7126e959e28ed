"""The sections of forgelake.toml, one model each.

A field's description is the text that docs/settings.md and error messages give; it names the unit.
"""

import os
from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from forgelake import __version__
from forgelake.model.hours import Hour
from forgelake.settings.urls import masked
from forgelake.settings.values import (
    CatalogUrl,
    DatabaseUrl,
    Endpoint,
    HourSetting,
    Lower,
    Origins,
    Properties,
    StateUrl,
    StorageUri,
)

DEFAULT_ORIGINS = ("https://data.gharchive.org/", "https://gharchive.open-digger.cn/")
ICEBERG_RUNTIME = "spark.jars.packages=org.apache.iceberg:iceberg-spark-runtime-3.5_2.12:1.10.2"
FIRST_UNITED_HOUR = Hour.parse("2026-09-06T00")


class Section(BaseModel):
    """Frozen, and without room for keys that nobody reads."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False
    )

    @field_validator("*", mode="before")
    @classmethod
    def _no_boolean(cls, value: object) -> object:
        """Pydantic would take ``true`` for the number 1; no setting is a yes or no."""
        if isinstance(value, bool):
            message = "it is neither true nor false"
            raise ValueError(message)  # noqa: TRY004 — Pydantic collects ValueErrors only
        return value

    def __repr_args__(self) -> Iterator[tuple[str | None, object]]:
        """What ``repr`` and ``str`` show: everything except passwords."""
        for name, value in super().__repr_args__():
            if isinstance(value, str):
                yield name, masked(value)
            elif isinstance(value, tuple):
                yield name, tuple(masked(str(item)) for item in value)
            else:
                yield name, value


class StorageSettings(Section):
    """Where landing and the tables are."""

    uri: StorageUri = Field("", description="place of landing and tables: a folder, file:///… or s3://bucket/prefix")
    endpoint: Endpoint = Field("", description="URL of an S3-compatible server; empty means AWS")
    region: str = Field("us-east-1", min_length=1, description="region of the bucket")
    access_key_id: SecretStr = Field(
        SecretStr(""), description="name of the S3 key; empty means the machine's own role"
    )
    secret_access_key: SecretStr = Field(SecretStr(""), description="secret of the S3 key")
    session_token: SecretStr = Field(SecretStr(""), description="token that temporary S3 keys come with")

    @property
    def allow_http(self) -> bool:
        """Whether the endpoint is reached without TLS."""
        return self.endpoint.startswith("http://")

    @model_validator(mode="after")
    def _whole_key(self) -> Self:
        if bool(self.access_key_id.get_secret_value()) != bool(self.secret_access_key.get_secret_value()):
            message = "access_key_id and secret_access_key go together; set both or none"
            raise ValueError(message)
        return self


class StateSettings(Section):
    """Where the ledger, runs, leases and bookmarks are."""

    url: StateUrl = Field(
        "", description="database of ledger and runs: sqlite:///…, postgresql://… or dynamodb://TABLE?region=…"
    )
    accounts_url: DatabaseUrl = Field(
        "",
        description="database of accounts, kept tokens and alerts, which DynamoDB does not keep: postgresql://…",
    )


class CatalogSettings(Section):
    """Where the tables' current versions are noted."""

    url: CatalogUrl = Field(
        "", description="where the Iceberg catalog is: sqlite:///…, postgresql://… or glue://database?region=…"
    )


class GharchiveSettings(Section):
    """The archive hours of GH Archive and of those who publish in its form."""

    urls: Origins = Field(
        DEFAULT_ORIGINS, description="origins, first choice first: base URLs with https://, http:// or file://"
    )
    baseline_days: int = Field(1, ge=0, description="days before now that the first run collects")
    publish_delay_minutes: int = Field(
        20, ge=0, description="minutes after an hour's end from which origins are asked for it"
    )
    missing_after_hours: int = Field(
        48, ge=1, description="hours after an hour's end from which an unpublished one is missing, no longer awaited"
    )
    ask_again_hours: int = Field(
        6, ge=1, description="hours until an origin is asked again for an hour it did not have"
    )
    unite_from: HourSetting = Field(
        FIRST_UNITED_HOUR,
        description="hour (UTC) from which every origin's copy is taken and united; before it, the first copy found",
    )
    workers: int = Field(0, ge=0, le=1024, description="processes that normalise; 0 means one per core")

    @property
    def worker_count(self) -> int:
        """Number of processes, at least 1; cores that this process may not use are not counted."""
        if self.workers:
            return self.workers
        if hasattr(os, "sched_getaffinity"):
            return len(os.sched_getaffinity(0))
        return os.cpu_count() or 1


class HttpSettings(Section):
    """How origins are asked."""

    timeout_seconds: float = Field(60, gt=0, description="seconds without a byte after which a request has failed")
    attempts: int = Field(6, ge=1, description="how often a request is made before it counts as failed")
    backoff_seconds: float = Field(0.5, gt=0, description="seconds before the second attempt; doubled each time")
    backoff_max_seconds: float = Field(60, gt=0, description="seconds that the wait between attempts never exceeds")
    max_retry_after_seconds: float = Field(
        300, ge=0, description="seconds of Retry-After that are waited; an origin that asks for more is left for later"
    )
    user_agent: str = Field(
        f"forgelake/{__version__}", min_length=1, pattern=r"^[\x20-\x7e]+$", description="how forgelake names itself"
    )


class LandingSettings(Section):
    """The bytes as received."""

    keep_days: int = Field(
        0, ge=0, description="days that landing is kept after its rows are in the lake; 0 means for ever"
    )


class LakeSettings(Section):
    """How tables are written."""

    commit_slices: int = Field(24, ge=1, description="slices in one commit of a backfill")
    part_mb: int = Field(16, ge=1, description="megabytes of memory for one part of a slice")
    file_mb: int = Field(256, ge=1, description="megabytes that a compacted data file has at most, about")
    keep_unused_hours: int = Field(
        24, ge=0, description="hours that files which no table names any more are kept for those who still read them"
    )


class SqlSettings(Section):
    """What a query may use."""

    memory_mb: int = Field(1024, ge=64, description="megabytes of memory for a query before it spills to disk")
    threads: int = Field(0, ge=0, le=1024, description="threads for a query; 0 means one per core")
    timeout_seconds: float = Field(0, ge=0, description="seconds after which a query is stopped; 0 means never")


class BackfillSettings(Section):
    """How forgelake backfill goes about the archive."""

    attempts: int = Field(3, ge=1, description="how often an hour is tried before it is set aside as failed")
    hours_per_minute: float = Field(
        0, ge=0, description="hours begun in a minute by all workers together; 0 means as many as they can do"
    )


class SparkSettings(Section):
    """The Spark on which metrics, SQL and backfills run where it is asked for."""

    master: str = Field(
        "local[*]", min_length=1, description="where Spark runs: local[*], spark://host:7077, yarn, k8s://…"
    )
    properties: Properties = Field(
        (ICEBERG_RUNTIME,),
        description="Spark's own properties as name=value; those of a cluster with Iceberg need not name its runtime",
    )


class TracesSettings(Section):
    """Spans of runs, slices, answers and requests for OpenTelemetry; needs the extra `forgelake[otel]`."""

    endpoint: Endpoint = Field(
        "",
        description="base URL of a collector that takes OTLP over HTTP, e.g. http://localhost:4318; empty: no traces",
    )


class LogSettings(Section):
    """What is told on stderr."""

    format: Annotated[Literal["auto", "text", "json"], Lower] = Field(
        "auto", description="text, json, or auto: text on a terminal and json elsewhere"
    )
    level: Annotated[Literal["debug", "info", "warning", "error"], Lower] = Field(
        "info", description="the least important level that is told: debug, info, warning or error"
    )

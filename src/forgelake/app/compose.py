"""Opening everything that the settings name, in one place."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from forgelake.engines.duckdb import connect
from forgelake.engines.spark import SparkOptions
from forgelake.lake.catalog import Catalog
from forgelake.lake.landing import Landing
from forgelake.model.addresses import Addresses
from forgelake.model.errors import ConfigurationError
from forgelake.pipelines.backup.manifest import Manifest
from forgelake.pipelines.backup.restoring import bring_lake_back
from forgelake.pipelines.commits.gather import Asked
from forgelake.pipelines.context import Context
from forgelake.pipelines.manner import Pool
from forgelake.pipelines.slice_task import Place
from forgelake.pipelines.workers import Workers
from forgelake.query.engine import Engine
from forgelake.query.lake import Lake
from forgelake.query.session import Limits
from forgelake.settings.loading import load
from forgelake.settings.root import Settings
from forgelake.sources.gharchive.origins import Origin
from forgelake.sources.git.isolation import Credentials
from forgelake.sources.git.memory import memory
from forgelake.sources.git.process import Git
from forgelake.sources.git.process import Limits as GitLimits
from forgelake.state.address import parse
from forgelake.state.connection import Database
from forgelake.state.database import State
from forgelake.storage.objects import Storage
from forgelake.storage.place import S3Options
from forgelake.traces.spans import sent_to
from forgelake.transport.client import HttpOptions
from forgelake.transport.guard import Guard


def settings(overrides: Mapping[str, object] | None = None) -> Settings:
    """The settings of this process: file, variables, flags.

    Raises:
        ConfigurationError: something in them is wrong.
    """
    return load(os.environ, Path.cwd(), overrides)  # noqa: TID251 - the one place where the environment is read


@contextmanager
def opened(chosen: Settings, *, private: bool = True) -> Iterator[Context]:
    """Everything that pipelines need; made if it does not exist, closed afterwards.

    Args:
        private: whether what reads the lake sees private repositories.

    Raises:
        ConfigurationError: a place that the settings name cannot be used.
    """
    s3 = s3_options(chosen)
    storage = Storage.open(chosen.storage.uri, s3)
    scratch = _scratch(chosen.home)
    with sent_to(chosen.traces.endpoint), State.open(chosen.state.url, chosen.state.accounts_url) as state:
        catalog = Catalog(chosen.catalog.url, storage, s3)
        connecting = partial(connect, memory_mb=chosen.sql.memory_mb, spill=scratch / "spill", s3=s3)
        lake = Lake(
            catalog, state, partial(connecting, extensions=("icu",)), chosen.clock, _limits(chosen), private=private
        )
        try:
            yield Context(
                settings=chosen,
                state=state,
                storage=storage,
                s3=s3,
                catalog=catalog,
                landing=Landing(storage),
                origins=tuple(Origin.at(url) for url in chosen.gharchive.urls),
                http=HttpOptions(**chosen.http.model_dump()),
                clock=chosen.clock,
                scratch=scratch,
                connect=connecting,
                lake=lake,
                kept_token=partial(_kept_token, chosen, state),
            )
        finally:
            lake.close()
            catalog.close()


def _kept_token(chosen: Settings, state: State, name: str) -> str:
    """A token for GitHub. Deferred: most commands need no key."""
    from forgelake.app.vault import vault

    return vault(chosen, state).secret(name, chosen.github.api_url)


@contextmanager
def engine(chosen: Settings) -> Iterator[Engine | None]:
    """What runs SQL instead of DuckDB; None where DuckDB does.

    Raises:
        ConfigurationError: it cannot be started; raised by the first question.
    """
    if chosen.engine == "duckdb":
        yield None
        return
    from forgelake.query.spark import SparkEngine

    running = SparkEngine(spark_options(chosen), chosen.sql.timeout_seconds)
    try:
        yield running
    finally:
        running.close()


@contextmanager
def pool(chosen: Settings, name: str) -> Iterator[tuple[Callable[[int, Place], Pool], int]]:
    """What does the work of a backfill, processes of this machine (``local``) or ``spark``, and how many cores it has.

    Raises:
        ConfigurationError: Spark cannot be started.
    """
    if name == "local":
        yield Workers, chosen.gharchive.worker_count
        return
    from forgelake.engines.spark import start
    from forgelake.pipelines.spark import SparkWorkers

    session = start(spark_options(chosen), "forgelake backfill")
    try:
        yield partial(SparkWorkers, session.sparkContext), session.sparkContext.defaultParallelism
    finally:
        session.stop()


def spark_options(chosen: Settings) -> SparkOptions:
    """Where Spark runs and with what."""
    properties = dict(one.split("=", 1) for one in chosen.spark.properties)
    return SparkOptions(chosen.spark.master, properties, s3_options(chosen))


def _scratch(home: Path) -> Path:
    """The folder for files on their way."""
    scratch = home / "scratch"
    try:
        scratch.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"the folder {scratch} cannot be made: {error.strerror}; name another one in FORGELAKE_HOME"
        raise ConfigurationError(message) from error
    return scratch


def _limits(chosen: Settings) -> Limits:
    return Limits(**chosen.sql.model_dump())


def mining(chosen: Settings, whose: Addresses) -> Asked:
    """What is needed to mine repositories for a person.

    Raises:
        ConfigurationError: there is no git that can be used, or no folder for what is fetched.
    """
    limits = GitLimits(chosen.git.timeout_seconds, chosen.git.max_mb << 20)
    workers = chosen.gharchive.worker_count
    git, guard = Git.found(chosen.git.program, limits), Guard(chosen.forges.private_networks)
    return Asked(git, whose, chosen.clock(), guard, memory(chosen.git.scratch), workers)


def credentials(variable: str) -> Credentials:
    """The token that a variable holds.

    Raises:
        ConfigurationError: it holds none.
    """
    token = os.environ.get(variable, "").strip()  # noqa: TID251 - the one place where the environment is read
    if not token:
        message = f'the variable "{variable}" is empty; put the token into it, and name it with --token-env'
        raise ConfigurationError(message)
    return Credentials(token)


def s3_options(chosen: Settings) -> S3Options | None:
    """How to reach the storage if it is an S3 service."""
    return _s3(chosen) if chosen.storage.uri.startswith("s3://") else None


def export_target(chosen: Settings, to: str) -> Storage:
    """A folder, from the current one if it is relative, or a bucket, reached as the lake's own would be.

    Raises:
        ConfigurationError: it is neither.
    """
    place = to if "://" in to else str(Path(to).absolute())
    return Storage.open(place, _s3(chosen) if place.startswith("s3://") else None)


def restored(chosen: Settings, from_: str, *, tables: bool) -> Manifest:
    """Bring a backup back into the places that the settings name.

    Raises:
        UsageError: it is no backup, or something is in the way.
        StopError: it is damaged.
    """
    s3 = s3_options(chosen)
    storage = Storage.open(chosen.storage.uri, s3)
    database, catalog = Database(parse(chosen.state.url)), Catalog(chosen.catalog.url, storage, s3)
    try:
        source = export_target(chosen, from_)
        return bring_lake_back(source, storage, database, catalog, _scratch(chosen.home), tables=tables)
    finally:
        catalog.close()
        database.close()


def _s3(chosen: Settings) -> S3Options:
    given = chosen.storage
    return S3Options(
        endpoint=given.endpoint or None,
        region=given.region,
        access_key_id=given.access_key_id.get_secret_value() or None,
        secret_access_key=given.secret_access_key.get_secret_value() or None,
        session_token=given.session_token.get_secret_value() or None,
    )

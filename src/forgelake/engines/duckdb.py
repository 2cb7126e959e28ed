"""DuckDB connections: in memory, UTC, offline, with the extensions that came as packages.

The extensions are loaded by path from their wheels; DuckDB is told never to fetch any by itself.
"""

import importlib.util
from pathlib import Path
from typing import Final

import duckdb

from forgelake.model.errors import StopError
from forgelake.storage.place import S3Options

EXTENSIONS: Final = ("avro", "icu", "iceberg")
"""In load order: iceberg needs avro; icu is needed for time zones."""


def connect(
    *,
    memory_mb: int = 0,
    threads: int = 0,
    spill: Path | None = None,
    s3: S3Options | None = None,
    extensions: tuple[str, ...] = EXTENSIONS,
) -> duckdb.DuckDBPyConnection:
    """A connection to a new in-memory database.

    Args:
        memory_mb: most megabytes to hold in memory, 0 for DuckDB's own choice.
        threads: most threads to use, 0 for one per core.
        spill: folder for what does not fit into memory.
        s3: how to reach objects under ``s3://``.
        extensions: which of the packaged extensions to load.

    Raises:
        StopError: an extension's package is missing.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    if memory_mb:
        config["memory_limit"] = f"{memory_mb}MB"
    if threads:
        config["threads"] = threads
    if spill:
        config["temp_directory"] = str(spill)
    connection = duckdb.connect(":memory:", config=config)
    for name in (*extensions, *(("httpfs",) if s3 else ())):
        connection.load_extension(str(extension_path(name)))
    connection.execute("SET enable_progress_bar = false")
    if "icu" in extensions:
        connection.execute("SET TimeZone = 'UTC'")
    if s3:
        _add_secret(connection, s3)
    return connection


def extension_path(name: str) -> Path:
    """Where the binary of a packaged extension lies.

    Raises:
        StopError: its package is missing.
    """
    package = f"duckdb_extension_{name}"
    found = importlib.util.find_spec(package)
    binary = f"extensions/v{duckdb.__version__}/{name}.duckdb_extension"
    for folder in (found.submodule_search_locations or []) if found else []:
        path = Path(folder) / binary
        if path.exists():
            return path
    message = (
        f"DuckDB {duckdb.__version__} needs the package duckdb-extension-{name}=={duckdb.__version__}, "
        "which is not installed; run: make up"
    )
    raise StopError(message)


def _add_secret(connection: duckdb.DuckDBPyConnection, s3: S3Options) -> None:
    endpoint = s3.endpoint or ""
    given = {
        "KEY_ID": s3.access_key_id,
        "SECRET": s3.secret_access_key,
        "REGION": s3.region,
        "SESSION_TOKEN": s3.session_token,
        "ENDPOINT": endpoint.partition("://")[2].rstrip("/"),
        "URL_STYLE": "path" if endpoint else "",
    }
    options = [f"{key} {_quoted(value)}" for key, value in given.items() if value]
    options.append(f"USE_SSL {'false' if endpoint.startswith('http://') else 'true'}")
    connection.execute(f"CREATE SECRET storage (TYPE s3, {', '.join(options)})")


def _quoted(text: str) -> str:
    """A SQL string literal: DDL takes no parameters."""
    return "'" + text.replace("'", "''") + "'"

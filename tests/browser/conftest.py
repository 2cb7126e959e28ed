"""A real browser, and servers to look at: over a full lake, over an empty one, and over one that answers nothing."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.places import Place, export
from tests.browser.visits import Visits
from tests.pipelines.lakes import Lake
from tests.servers.files import FileServer
from tests.web.serving import Serving

CHROMIUM = shutil.which(os.environ.get("CHROMIUM", "chromium"))
_QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
          "--disable-component-update", "--disable-sync")  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium as the system has it; without it these tests are skipped.

    Closed after each module, for its driver keeps an event loop running, beside which others cannot run theirs.
    """
    if CHROMIUM is None:
        pytest.skip(
            "no browser looks at the pages: install chromium (apt-get install chromium), or name it in CHROMIUM"
        )
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=list(_QUIET))
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def visits(browser: Browser) -> Visits:
    """Opens pages."""
    return Visits(browser)


@pytest.fixture(scope="session")
def server(full: Lake) -> Iterator[Place]:
    """The full lake's pages, as a server answers them."""
    with Serving(full) as serving:
        yield Place(serving.url)


@pytest.fixture(scope="session")
def files(full: Lake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The same as files, below a path of a web server that knows nothing of them."""
    with FileServer(tmp_path_factory.mktemp("files")) as serving:
        export(full, serving.folder, serving.url)
        yield Place(serving.url, is_files=True)


@pytest.fixture(scope="module", params=["server", "files"])
def place(request: pytest.FixtureRequest) -> Place:
    """Each of both."""
    found: Place = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="session")
def empty_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """An empty lake's pages."""
    home = tmp_path_factory.mktemp("empty")
    with Serving(Lake(home / "home", Path(home).as_uri())) as serving:
        yield Place(serving.url)


@pytest.fixture(scope="session")
def failing_server(full: Lake) -> Iterator[Place]:
    """Pages whose questions are all stopped before they are answered."""
    with Serving(full, {"FORGELAKE_API_TIMEOUT_SECONDS": "0.000001"}) as serving:
        yield Place(serving.url)

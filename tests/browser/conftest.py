"""A real browser, and servers to look at: over a full lake, over an empty one, and over one that answers nothing."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.visits import Visits
from tests.pipelines.lakes import Lake
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
def site(full: Lake) -> Iterator[str]:
    """The address of the full lake's pages."""
    with Serving(full) as serving:
        yield serving.url


@pytest.fixture(scope="session")
def empty_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an empty lake's pages."""
    home = tmp_path_factory.mktemp("empty")
    with Serving(Lake(home / "home", Path(home).as_uri())) as serving:
        yield serving.url


@pytest.fixture(scope="session")
def failing_site(full: Lake) -> Iterator[str]:
    """The address of pages whose questions are all stopped before they are answered."""
    with Serving(full, {"FORGELAKE_API_TIMEOUT_SECONDS": "0.000001"}) as serving:
        yield serving.url

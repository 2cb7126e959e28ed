"""Visits: a page opened in a window of some width and theme, and what happened while it was looked at."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Error, Page, Response

DESKTOP, PHONE = (1280, 900), (390, 844)


@dataclass(frozen=True, slots=True)
class Window:
    """What a page is looked at with."""

    size: tuple[int, int] = DESKTOP
    theme: str = "light"
    scripts: bool = True

    def __str__(self) -> str:
        width = "phone" if self.size == PHONE else "desktop"
        return f"{width}-{self.theme}" + ("" if self.scripts else "-without-scripts")


WINDOWS = (Window(), Window(PHONE, "dark"))


@dataclass
class Visit:
    """A page that is open, with everything that it asked for and said."""

    page: Page
    origin: str
    responses: list[Response] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def answered(self, response: Response) -> None:
        """A response came."""
        self.responses.append(response)

    def heard(self, message: ConsoleMessage) -> None:
        """The console says something."""
        if message.type in ("error", "warning"):
            self.said.append(f"{message.type}: {message.text}")

    def failed(self, error: Error) -> None:
        """A script failed."""
        self.said.append(str(error))

    def asked(self, dialog: Dialog) -> None:
        """A dialog opened: some script of a stranger's ran."""
        self.said.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def go(self, path: str) -> Response:
        """Go to a page and wait until it is quiet."""
        response = self.page.goto(self.origin + path, wait_until="networkidle")
        assert response is not None
        return response

    def assert_clean(self) -> None:
        """Nothing left the origin, nothing was missing, nothing was complained of, nothing sticks out."""
        elsewhere = [one.url for one in self.responses if not one.url.startswith(self.origin)]
        assert elsewhere == []
        assert [one.url for one in self.responses[1:] if one.status >= 400] == []
        assert [text for text in self.said if "Failed to load resource" not in text] == []
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{wide} pixels stick out"

    def faults(self) -> list[str]:
        """What axe finds, in words."""
        found = Axe().run(self.page).response["violations"]
        return [f"{one['id']}: {one['help']}: {node['html'][:150]}" for one in found for node in one["nodes"]]

    @property
    def transferred(self) -> int:
        """Bytes of all bodies as they were sent."""
        return sum(one.request.sizes()["responseBodySize"] for one in self.responses)


class Visits:
    """Opens pages in a browser."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser

    @contextmanager
    def to(self, origin: str, window: Window = WINDOWS[0]) -> Iterator[Visit]:
        """A window of its own, without anything that others left."""
        width, height = window.size
        context = self._browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if window.theme == "dark" else "light",
            reduced_motion="reduce",
            java_script_enabled=window.scripts,
        )
        page = context.new_page()
        visit = Visit(page, origin)

        page.on("response", visit.answered)
        page.on("console", visit.heard)
        page.on("pageerror", visit.failed)
        page.on("dialog", visit.asked)
        try:
            yield visit
        finally:
            context.close()

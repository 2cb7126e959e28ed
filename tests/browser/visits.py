"""Visits: a page opened in a window of some width and theme, and what happened while it was looked at."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Error, Page, Response, expect

_SNAPSHOTS = Path(__file__).parent / "snapshots"
DESKTOP, PHONE = (1280, 900), (390, 844)
# axe judges no text of a drawing, yet looks at each; and rows of a table differ in what they say only.
_FAULTS = """asked => axe.run({exclude: [[".drawing"], ["tbody tr:nth-child(n + 20)"]]}, asked).then(
  found => found.violations.flatMap(
    one => one.nodes.map(node => `${one.id}: ${one.help}: ${node.html.slice(0, 150)}`)))"""


@dataclass(frozen=True, slots=True)
class Window:
    """What a page is looked at with."""

    size: tuple[int, int] = DESKTOP
    theme: Literal["light", "dark"] = "light"
    scripts: bool = True

    def __str__(self) -> str:
        width = "phone" if self.size == PHONE else "desktop"
        return f"{width}-{self.theme}" + ("" if self.scripts else "-without-scripts")


_USUAL, _OTHER = Window(), Window(PHONE, "dark")
_LOOKS = ("color-contrast", "link-in-text-block", "scrollable-region-focusable")
"""What axe knows of colours and sizes; everything else is the same in every window."""


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
        """Go to a page and wait until it is there."""
        response = self.page.goto(self.origin + path)
        assert response is not None
        return response

    def look(self, window: Window) -> None:
        """Look at the same page with another window."""
        width, height = window.size
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.emulate_media(color_scheme=window.theme, reduced_motion="reduce")

    def assert_clean(self) -> None:
        """Nothing left the origin, nothing was missing, nothing was complained of, nothing sticks out."""
        elsewhere = [one.url for one in self.responses if not one.url.startswith(self.origin)]
        assert elsewhere == []
        assert [one.url for one in self.responses[1:] if one.status >= 400] == []
        assert [text for text in self.said if "Failed to load resource" not in text] == []
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{wide} pixels stick out"

    def assert_like(self, snapshot: str) -> None:
        """Its structure is that of its snapshot, which leaves out what data changes, and nothing in it failed."""
        assert self.page.locator(".panel.failed").count() == 0
        for part, name in (("main", snapshot), ("body", "frame")):
            expect(self.page.locator(part)).to_match_aria_snapshot((_SNAPSHOTS / f"{name}.yaml").read_text())

    def assert_whole(self, *, once: bool = False) -> None:
        """It is clean and without faults, wide and light as well as narrow and dark; or judged once, by the latter."""
        self.assert_clean()
        judged = list[str]() if once else self.faults()
        self.look(_OTHER)
        self.assert_clean()
        assert judged + self.faults(*() if once else _LOOKS) == []
        self.look(_USUAL)

    def faults(self, *rules: str) -> list[str]:
        """What axe finds, in words; by these rules of its only, if some are named."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE_SCRIPT)
        asked = {"resultTypes": ["violations"], **({"runOnly": rules} if rules else {})}
        found: list[str] = self.page.evaluate(_FAULTS, asked)
        return found

    @property
    def transferred(self) -> int:
        """Bytes of all bodies as they were sent."""
        return sum(int(one.headers["content-length"]) for one in self.responses)


class Visits:
    """Opens pages in a browser, one after the other in the same tab: a new one costs more than most pages."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._tabs: dict[bool, Page] = {}

    @contextmanager
    def to(self, origin: str, window: Window = _USUAL) -> Iterator[Visit]:
        """A window without cookies and without anything in its cache."""
        page = self._tab(scripts=window.scripts)
        visit = Visit(page, origin)
        visit.look(window)
        page.on("response", visit.answered)
        page.on("console", visit.heard)
        page.on("pageerror", visit.failed)
        page.on("dialog", visit.asked)
        try:
            yield visit
        finally:
            page.remove_listener("response", visit.answered)
            page.remove_listener("console", visit.heard)
            page.remove_listener("pageerror", visit.failed)
            page.remove_listener("dialog", visit.asked)
            page.context.clear_cookies()

    def _tab(self, *, scripts: bool) -> Page:
        if scripts not in self._tabs:
            context = self._browser.new_context(java_script_enabled=scripts)
            page = self._tabs[scripts] = context.new_page()
            context.new_cdp_session(page).send("Network.setCacheDisabled", {"cacheDisabled": True})
        return self._tabs[scripts]

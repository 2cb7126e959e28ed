"""Where pages are looked at: answered by a server, or lying in files below a path of some web server."""

from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from forgelake.metrics.catalogue import Catalogue
from forgelake.metrics.svg import Drawer
from forgelake.pages.addresses import ServerAddresses
from forgelake.pages.assets import Assets
from forgelake.pages.site import Site
from forgelake.publish.site import Crawl
from forgelake.publish.site_cvs import SiteCvs
from forgelake.publish.site_files import ENDINGS, page_file
from forgelake.publish.site_offer import HOME, offer
from tests.pages.full_lake import MAIN
from tests.pipelines.lakes import Lake

OFFERED = {
    "explore": frozenset({"events", "events_by_type", "punch_card", "busiest_repos"}),
    "repos": frozenset({MAIN}),
    "status": frozenset({"2026-09-20"}),
    "topics": frozenset({"lake"}),
}
"""What the exported site has pages of; a whole one has each metric."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where pages are.

    Attributes:
        url: their address, without a slash at the end.
        is_files: whether they are files.
    """

    url: str
    is_files: bool = False

    def at(self, path: str) -> str:
        """The path of a page here, by its path on a server."""
        if not self.is_files:
            return path
        given = urlsplit(path)
        parts = tuple(part for part in given.path.split("/") if part)
        return "/" + page_file(parts, *parse_qs(given.query).get("period", [""]))


def export(lake: Lake, folder: Path, url: str) -> None:
    """Write the offered pages of a lake, the first one with two periods, to a folder that is served at an address."""
    with lake.open() as context, closing(Drawer()) as drawer:
        assets = Assets(drawer.bundle, "")
        catalogue = Catalogue.load()
        site = Site(context, context.lake.now(0), catalogue, drawer, ServerAddresses(assets, ""), context.clock())
        found = offer(site, 0, SiteCvs())
        assert all(names <= found.names[kind] for kind, names in OFFERED.items())
        periods = {"presets": ("7d",), "defaults": {HOME: found.defaults[HOME]}}
        offered = replace(found, names=OFFERED, forms=frozenset(ENDINGS), **periods)
        Crawl(site, offered, assets, folder, url).run()

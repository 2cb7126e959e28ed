"""Where things are: pages, data and assets have the same paths on a server and in a folder of files."""

from collections.abc import Mapping
from typing import Protocol
from urllib.parse import quote, urlencode

from forgelake.pages.assets import Assets

API = "/api/v1"
RANKING = ("ranking",)
"""The one page that a server links to only while there is somebody on it."""

Query = Mapping[str, str]


class Addresses(Protocol):
    """Writes addresses for one page; a person may be sent nowhere, then there is None."""

    @property
    def static(self) -> bool:
        """Whether the page becomes a file, where no question can be put."""
        ...

    def page(self, *parts: str, query: Query | None = None) -> str | None:
        """A page's address, by the parts of its path."""
        ...

    def data(self, metric: str, form: str, query: Query) -> str | None:
        """The address of a metric's answer in a format."""
        ...

    def card(self, kind: str, metric: str, query: Query) -> str | None:
        """The address of a card or badge, for other people's pages: absolute."""
        ...

    def asset(self, name: str) -> str:
        """The address of a file that pages load."""
        ...


class ServerAddresses:
    """Addresses on a server."""

    static = False

    def __init__(self, assets: Assets, public_url: str, *, ranked: bool = False) -> None:
        """Args: what pages load, the server's own address, whether anybody is in the ranking."""
        self._assets = assets
        self._public_url = public_url.rstrip("/")
        self._ranked = ranked

    def page(self, *parts: str, query: Query | None = None) -> str | None:
        """A page's address."""
        if parts == RANKING and not self._ranked:
            return None
        return path_of(*parts) + asked(query)

    def data(self, metric: str, form: str, query: Query) -> str | None:
        """The API's address."""
        return f"{API}/metrics/{metric}/data.{form}{asked(query)}"

    def card(self, kind: str, metric: str, query: Query) -> str | None:
        """The address of a card or badge."""
        return f"{self._public_url}/{kind}/{metric}.svg{asked(query)}"

    def asset(self, name: str) -> str:
        """The address of a file that never changes under it."""
        return f"/assets/{self._assets.mark(name)}/{name}"


def path_of(*parts: str) -> str:
    """A path whose parts may be any text: names in events are not ours."""
    return "/" + "/".join(quote(part, safe="") for part in parts)


def asked(query: Query | None) -> str:
    """The query of an address, with its question mark; empty without one."""
    given = {name: value for name, value in (query or {}).items() if value}
    return f"?{urlencode(given)}" if given else ""

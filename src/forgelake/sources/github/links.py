"""Addresses of the API: its name in the ledger, and which links may be followed with a token."""

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urljoin, urlsplit

PUBLIC: Final = "https://api.github.com"
_NEXT = re.compile(r'<([^>]*)>\s*;[^,]*\brel="?next"?')


@dataclass(frozen=True, slots=True)
class Api:
    """The API at a base URL without a slash at the end."""

    base: str = field(repr=False)

    @property
    def name(self) -> str:
        """``api.github.com``: host, port and path, without scheme and credentials."""
        parts = urlsplit(self.base)
        return f"{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"

    def url(self, path: str) -> str:
        """The address of a path such as ``/events``."""
        return f"{self.base}{path}"

    def shown(self, url: str) -> str:
        """An address below the base as it may be stored and told: without scheme and credentials."""
        return self.name + url.removeprefix(self.base)

    def next_page(self, header: str, current: str) -> str | None:
        """The link with ``rel="next"`` of a Link header, whatever host it names: a page of this API is on this API."""
        found = _NEXT.search(header)
        if found is None:
            return None
        url = urljoin(current, found[1])
        parts = urlsplit(url)
        path = parts.path.removeprefix(urlsplit(self.base).path)
        return self.own(url, current) or self.url(f"{path}?{parts.query}" if parts.query else path)

    def own(self, link: str, current: str) -> str | None:
        """Where a redirect leads, if it leads to this API; GitHub's public address means this API, too.

        A recording or a proxy repeats GitHub's own addresses; a token goes nowhere but to the base.
        """
        url = urljoin(current, link)
        for base in (self.base, PUBLIC):
            if url.startswith(f"{base}/"):
                return self.base + url.removeprefix(base)
        return None

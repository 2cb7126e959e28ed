"""Addresses of the API: its name in the ledger, and which links may be followed with a token."""

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qs, urljoin, urlsplit

PUBLIC: Final = "https://api.github.com"
_LAST = re.compile(r'<([^>]*)>\s*;[^,]*\brel="?last"?')
_ENTERPRISE: Final = "/api/v3"

CORE: Final = "core"
SEARCH: Final = "search"
GRAPHQL: Final = "graphql"
RESOURCES: Final = (CORE, SEARCH, GRAPHQL)
"""Budgets that we spend; the API counts each by itself."""


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

    @property
    def graphql(self) -> str:
        """The address of the GraphQL API; on GitHub Enterprise Server it is beside the REST API's."""
        root = self.base.removesuffix(_ENTERPRISE)
        return f"{root}/graphql" if root == self.base else f"{root}/api/graphql"

    def resource(self, url: str) -> str:
        """Which of the API's budgets a request counts against."""
        if url == self.graphql:
            return GRAPHQL
        return SEARCH if url.startswith(f"{self.base}/search/") else CORE

    def shown(self, url: str) -> str:
        """An address below the base as it may be stored and told: without scheme and credentials."""
        return self.name + url.removeprefix(self.base)

    def own(self, link: str, current: str) -> str | None:
        """Where a redirect leads, if it leads to this API; GitHub's public address means this API, too.

        A recording or a proxy repeats GitHub's own addresses; a token goes nowhere but to the base.
        """
        url = urljoin(current, link)
        for base in (self.base, PUBLIC):
            if url.startswith(f"{base}/"):
                return self.base + url.removeprefix(base)
        return None


def last_page(header: str) -> int | None:
    """The number of the last page, as a Link header tells it."""
    found = _LAST.search(header)
    pages = parse_qs(urlsplit(found[1]).query).get("page", []) if found else []
    return int(pages[0]) if pages and pages[0].isdecimal() else None

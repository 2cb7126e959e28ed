"""The forges whose tokens can be kept: where each is, and how to ask what a token may do."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlsplit

from forgelake.model.errors import UsageError, nearest
from forgelake.model.forge_tokens import TokenFacts
from forgelake.settings.root import Settings
from forgelake.sources.azure_devops import inspecting as azure_devops
from forgelake.sources.github import inspecting as github
from forgelake.sources.gitlab import inspecting as gitlab
from forgelake.transport.client import HttpOptions
from forgelake.transport.exchange import ApiClient, Ask
from forgelake.transport.guard import Guard


@dataclass(frozen=True, slots=True)
class Forge:
    """A kind of forge.

    Attributes:
        public: its addresses for everybody; the one that the settings name stands for them.
        api: what comes behind an address of a self-hosted one.
        least: the least that a token needs, for people.
    """

    title: str
    public: tuple[str, ...]
    api: str
    least: str
    headers: Callable[[str], dict[str, str]]
    inspect: Callable[[Ask, str, str], TokenFacts]


FORGES: Final = {
    "github": Forge(
        "GitHub",
        ("https://github.com", "https://api.github.com"),
        "/api/v3",
        github.LEAST,
        github.headers,
        github.inspect,
    ),
    "gitlab": Forge(
        "GitLab",
        ("https://gitlab.com", "https://gitlab.com/api/v4"),
        "/api/v4",
        gitlab.LEAST,
        gitlab.headers,
        gitlab.inspect,
    ),
    "azure_devops": Forge(
        "Azure DevOps", ("https://dev.azure.com",), "", azure_devops.LEAST, azure_devops.headers, azure_devops.inspect
    ),
}


class Forges:
    """Asks forges about tokens. Addresses that are not those of the settings are guarded."""

    def __init__(self, settings: Settings, options: HttpOptions) -> None:
        self._options = options
        self.guard = Guard(settings.forges.private_networks)
        self._own = {
            "github": settings.github.api_url,
            "gitlab": settings.gitlab.api_url,
            "azure_devops": settings.azure_devops.url,
        }

    def base(self, name: str, url: str | None) -> str:
        """The API's base address, without a slash at the end.

        Args:
            name: the forge.
            url: where it is, as people know it; None for where everybody's is.

        Raises:
            UsageError: there is no such forge, or the address is none.
        """
        if name not in FORGES:
            # Not repeated: a token may stand there by mistake.
            message = f"there is no such forge{nearest(name, FORGES)}; the forges are {', '.join(FORGES)}"
            raise UsageError(message)
        own = self._own[name]
        base = own if url is None else self._given(name, _address(url))
        if name == "azure_devops" and base == own and not urlsplit(base).path.strip("/"):
            message = "a token of Azure DevOps belongs to an organisation: --url https://dev.azure.com/ORGANISATION"
            raise UsageError(message)
        return base

    def inspect(self, name: str, base: str, secret: str) -> TokenFacts:
        """What a token is and may do.

        Raises:
            TokenRefusedError: the forge does not take it.
            ConfigurationError: the address may not be asked.
        UsageError: what is there is no such forge.
            RetryError: the forge does not answer.
        """
        forge = FORGES[name]
        with ApiClient(self.options_for(name, base), forge.headers(secret), time.sleep) as client:
            try:
                return forge.inspect(lambda url: client.get(url, {}), base, secret)
            except (ValueError, KeyError, TypeError, AttributeError):
                # Not chained: what came may be anything.
                message = f"{base} answers, but not as {forge.title}'s API does; check --url"
                raise UsageError(message) from None

    def is_own(self, name: str, base: str) -> bool:
        """Whether an address is the one that the settings name, whose word is taken."""
        return f"{base}/".startswith(f"{self._own[name]}/")

    def own(self, name: str) -> str:
        """The address that the settings name."""
        return self._own[name]

    def host(self, name: str, base: str) -> str:
        """The forge's name among people, e.g. github.com; a stand-in on this machine goes by its public name."""
        host = (urlsplit(base).hostname or "").removeprefix("api.")
        if self.is_own(name, base) and (host == "localhost" or host.startswith("127.")):
            return urlsplit(FORGES[name].public[0]).hostname or ""
        return host

    def is_at(self, name: str, base: str, host: str) -> bool:
        """Whether git's host is the one that an API is of, so that its token may be sent there."""
        api = urlsplit(base).hostname or ""
        legacy = name == "azure_devops" and api == "dev.azure.com" and host.endswith(".visualstudio.com")
        return host in (api, api.removeprefix("api.")) or legacy

    def options_for(self, name: str, base: str) -> HttpOptions:
        """How to ask at an address."""
        return self._options if self.is_own(name, base) else replace(self._options, guard=self.guard)

    def _given(self, name: str, url: str) -> str:
        forge, own = FORGES[name], self._own[name]
        if url in forge.public or url == own:
            return own
        if name == "azure_devops":
            return own + url.removeprefix(forge.public[0]) if url.startswith(f"{forge.public[0]}/") else url
        if name == "github" and (urlsplit(url).hostname or "").endswith(".ghe.com"):
            return url if "//api." in url else url.replace("//", "//api.", 1)
        return url if url.endswith(forge.api) else url + forge.api


def _address(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_plain = parts.hostname and not (
            parts.username or parts.password or parts.query or parts.fragment or parts.port == 0
        )
    except ValueError:
        parts, is_plain = urlsplit(""), False
    if parts.scheme not in ("http", "https") or not is_plain:
        # Not repeated: it may hold a password.
        message = (
            "the address of a forge is written like https://gitlab.example.com, with no name, password or query in it"
        )
        raise UsageError(message)
    return url.rstrip("/")

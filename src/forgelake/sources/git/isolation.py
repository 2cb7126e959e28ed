"""The surroundings that git runs in: none of the person's settings, hooks, helpers or keys, and nothing that asks.

Settings change what git counts (algorithm, renames, attributes), where it sends a token (redirects, rewritten URLs) and
what it starts (pagers, helpers, hooks, background collection), so all of them are set here, for every call.
"""

import os
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from forgelake.model.errors import ConfigurationError, RetryError
from forgelake.transport.guard import Guard

NOTHING: Final = "none"
"""A protocol that does not exist: with it alone allowed, git reaches nothing."""

_CONFIG: Final = (
    ("core.bare", "true"),  # attributes of a work tree would turn text into "binary"
    ("core.hooksPath", "/dev/null"),
    ("core.fsmonitor", "false"),
    ("core.attributesFile", "/dev/null"),
    ("core.askPass", ""),
    ("core.bigFileThreshold", "512m"),
    ("credential.helper", ""),
    ("diff.external", ""),
    ("diff.orderFile", "/dev/null"),
    ("fetch.negotiationAlgorithm", "default"),
    ("fetch.recurseSubmodules", "false"),
    ("fetch.unpackLimit", "1"),
    ("gc.auto", "0"),
    ("http.followRedirects", "false"),
    ("http.lowSpeedLimit", "1000"),
    ("http.lowSpeedTime", "60"),
    ("log.showSignature", "false"),
    ("maintenance.auto", "false"),
    ("protocol.version", "2"),
    # Broken dates and names are part of real histories.
    ("transfer.fsckObjects", "false"),
)

COUNTING: Final = (
    "-r", "--root", "--always", "-z", "-M50%", "-l1000", "--diff-algorithm=myers", "--no-indent-heuristic",
    "--no-ext-diff", "--no-textconv", "--ignore-submodules=all",
)  # fmt: skip
"""What decides the counts, besides the settings above; submodules hold no lines of their own."""

COUNTED_BY: Final = sha256(repr((COUNTING, _CONFIG[0], _CONFIG[5])).encode()).hexdigest()[:8]
"""Kept with every count: counts made in different ways are not the same number."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """A token for one server. GitHub, GitLab and Azure DevOps take any user name with a token."""

    token: str = field(repr=False)
    user: str = "forgelake"

    def header(self) -> str:
        """The HTTP header that shows them."""
        return "Authorization: Basic " + b64encode(f"{self.user}:{self.token}".encode()).decode()


@dataclass(frozen=True, slots=True)
class Remote:
    """A repository on a server.

    Attributes:
        url: ``https://…`` or ``http://…``, without credentials.
        address: the only one that is connected to, where it has been checked.
        is_own: whether the operator named the server, which then may have any address.
    """

    url: str
    credentials: Credentials | None = None
    address: str | None = field(default=None, compare=False)
    is_own: bool = field(default=False, compare=False)

    @classmethod
    def at(cls, url: str, credentials: Credentials | None = None) -> "Remote":
        """Check where a repository is.

        Raises:
            ConfigurationError: git must not be sent there.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("https", "http") or not parts.hostname or parts.query or parts.fragment:
            message = "a repository is a folder, or an address like https://host/owner/name.git"
            raise ConfigurationError(message)
        if "@" in parts.netloc:
            message = f"the address of {parts.hostname} holds credentials, which git would write down; use --token-env"
            raise ConfigurationError(message)
        if credentials is not None and parts.scheme == "http" and not _is_loopback(parts.hostname):
            message = f"a token is not sent to {parts.hostname} over http, where others can read it; write https://"
            raise ConfigurationError(message)
        return cls(url.rstrip("/"), credentials)

    def pinned(self, guard: Guard) -> "Remote":
        """The same at an address that may be reached.

        Raises:
            ConfigurationError: its address is not public, and in no network that is allowed.
            RetryError: there is no such server.
        """
        parts = urlsplit(self.url)
        try:
            return replace(self, address=guard.address(parts.scheme, parts.hostname or ""))
        except OSError as error:
            message = f"{self.url} cannot be reached: {parts.hostname} has no address"
            raise RetryError(message) from error

    @property
    def resolved(self) -> str:
        """The host, its port and the only address that it may have, as curl takes them."""
        parts = urlsplit(self.url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        address = f"[{self.address}]" if ":" in (self.address or "") else self.address
        return f"{parts.hostname}:{port}:{address}"

    @property
    def scheme(self) -> str:
        """The only protocol that git may speak with it."""
        return urlsplit(self.url).scheme

    @property
    def host(self) -> str:
        """Its server."""
        return urlsplit(self.url).netloc


def environment(program: Path, remote: Remote | None, more: Mapping[str, str]) -> dict[str, str]:
    """All that git finds around it; a token is in no argument and no file."""
    config = list(_CONFIG)
    if remote is not None and remote.credentials is not None:
        config.append((f"http.{remote.url}.extraHeader", remote.credentials.header()))
    if remote is not None and remote.address and ":" not in (urlsplit(remote.url).hostname or ""):
        config.append(("http.curloptResolve", remote.resolved))
    numbered = {f"GIT_CONFIG_{part}_{n}": text for n, pair in enumerate(config) for part, text in _named(pair)}
    return {
        "PATH": os.pathsep.join((str(program.parent), os.defpath)),
        "HOME": "/nonexistent",
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        # Whole buffers instead of a write, and a read here, for every commit.
        "GIT_FLUSH": "0",
        # glibc keeps what git frees for its next file; handing each back to the system and taking it again costs up to
        # a tenth of counting. Other C libraries do not look at these.
        "MALLOC_TOP_PAD_": str(16 << 20),
        "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
        "MALLOC_TRIM_THRESHOLD_": str(128 << 20),
        "GIT_ASKPASS": "",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_ALLOW_PROTOCOL": remote.scheme if remote is not None else NOTHING,
        "GIT_CONFIG_COUNT": str(len(config)),
        **numbered,
        **more,
    }


def _named(pair: tuple[str, str]) -> tuple[tuple[str, str], tuple[str, str]]:
    return ("KEY", pair[0]), ("VALUE", pair[1])


def _is_loopback(host: str) -> bool:
    return host in {"localhost", "::1"} or host.startswith("127.")

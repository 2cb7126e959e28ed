"""The section [api] of forgelake.toml: what ``forgelake serve`` offers, and to whom.

The limits are chosen for a small machine that also collects; each can be raised.
"""

import ipaddress
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from forgelake.settings.sections import Section
from forgelake.settings.urls import web_address
from forgelake.settings.values import Lower

_DEFAULT_SEARCH_DAYS = 31


def _origins(text: str) -> str:
    """Web origins as browsers send them: scheme, host and port, no path."""
    for origin in text.split():
        if origin != "*" and origin.count("/") != len("//"):
            message = f'"{origin}" is not a web origin; write it like https://example.org, without a path'
            raise ValueError(message)
        if origin != "*":
            web_address(origin)
    return " ".join(text.split())


def _public(text: str) -> str:
    return web_address(text).rstrip("/") if text else ""


def _networks(text: str) -> str:
    for address in text.split():
        try:
            ipaddress.ip_network(address)
        except ValueError:
            message = f'"{address}" is not an address or network; write it like 127.0.0.1 or 10.0.0.0/8'
            raise ValueError(message) from None
    return " ".join(text.split())


class ApiSettings(Section):
    """What the web API offers, and to whom."""

    host: str = Field("127.0.0.1", min_length=1, description="address that the server listens on")
    port: int = Field(8000, ge=0, le=65535, description="port that the server listens on; 0 means any free one")
    public_url: Annotated[str, AfterValidator(_public)] = Field(
        "", description="address by which others reach the server, for cards; empty means host and port"
    )
    anonymous: Annotated[Literal["loopback", "always", "never"], Lower] = Field(
        "loopback", description="who may read without a key: whoever reaches a loopback address, always or never"
    )
    private_repos: Annotated[Literal["hide", "serve"], Lower] = Field(
        "hide", description="what becomes of repositories that were not public: hide or serve"
    )
    trusted_proxies: Annotated[str, AfterValidator(_networks)] = Field(
        "", description="addresses of proxies whose X-Forwarded-For is believed, separated by spaces; empty means none"
    )
    cors_origins: Annotated[str, AfterValidator(_origins)] = Field(
        "", description="web origins whose pages may read answers, separated by spaces, or *; empty means none"
    )
    address_per_minute: int = Field(
        6000, ge=0, description="requests a minute from one address without a key, cached answers free; 0 means any"
    )
    key_per_minute: int = Field(
        6000, ge=0, description="requests a minute with one key, cached answers free; 0 means any number"
    )
    threads: int = Field(16, ge=1, le=256, description="answers that are made at the same time; others wait")
    timeout_seconds: float = Field(60, gt=0, description="seconds after which making an answer is stopped")
    cache_mb: int = Field(64, ge=0, description="megabytes of answers kept in memory")
    body_kb: int = Field(64, ge=1, description="kilobytes that a request's body may have")
    search_days: int = Field(
        _DEFAULT_SEARCH_DAYS, ge=1, description="most days of events that one search looks through"
    )
    sql_queries: int = Field(2, ge=1, le=64, description="queries of /sql that run at the same time")
    sql_seconds: float = Field(30, gt=0, description="seconds after which a query of /sql is stopped")
    sql_memory_mb: int = Field(512, ge=64, description="megabytes of memory for a query of /sql")
    sql_rows: int = Field(100_000, ge=1, description="most rows that a query of /sql may answer with")
    sql_mb: int = Field(32, ge=1, description="most megabytes that a query of /sql may answer with")

    @property
    def serves_private(self) -> bool:
        """Whether repositories that were not public are shown like others."""
        return self.private_repos == "serve"

    @property
    def address(self) -> str:
        """How others reach the server, for what they copy to other places."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"http://{host}:{self.port}"

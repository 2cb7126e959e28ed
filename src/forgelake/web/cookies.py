"""The cookies: who is logged in, who is on the way to it, and what the next page is to say.

No script and no other site's form gets at them.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final
from urllib.parse import quote, unquote

from starlette.requests import cookie_parser

SESSION: Final = "forgelake"
FLOW: Final = "forgelake-login"
SAID: Final = "forgelake-said"
_SAID_AGE: Final = timedelta(minutes=1)
_SAID_BYTES: Final = 1000
"""Three times as many when they are quoted; browsers take 4096."""


def session_in(header: str, *, secure: bool) -> str:
    """The session's secret in a Cookie header, empty if there is none."""
    return cookie_in(header, SESSION, secure=secure)


def cookie_in(header: str, name: str, *, secure: bool) -> str:
    """A cookie's value in a Cookie header, empty if there is none."""
    return cookie_parser(header).get(_name(name, secure=secure), "") if header else ""


def setting(name: str, value: str, age: timedelta, *, secure: bool) -> str:
    """The Set-Cookie header that keeps a cookie; an age of zero removes it."""
    ending = "; Secure" if secure else ""
    seconds = int(age.total_seconds())
    return f"{_name(name, secure=secure)}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{ending}"


def saying(lines: Iterable[str], *, secure: bool) -> str:
    """The Set-Cookie header by which the next page says something, once; without lines it has been said."""
    value = quote("\n".join(lines).encode()[:_SAID_BYTES])
    return setting(SAID, value, _SAID_AGE if value else timedelta(), secure=secure)


def said_in(header: str, *, secure: bool) -> list[str]:
    """What the page is to say."""
    return unquote(cookie_in(header, SAID, secure=secure)).splitlines()


def _name(name: str, *, secure: bool) -> str:
    """Browsers take a cookie of the prefix over TLS only, and from no other host of the same domain."""
    return f"__Host-{name}" if secure else name

"""The two cookies: who is logged in, and who is on the way to it. No script and no other site's form gets at either."""

from datetime import timedelta
from typing import Final

from starlette.requests import cookie_parser

SESSION: Final = "forgelake"
FLOW: Final = "forgelake-login"


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


def _name(name: str, *, secure: bool) -> str:
    """Browsers take a cookie of the prefix over TLS only, and from no other host of the same domain."""
    return f"__Host-{name}" if secure else name

"""Reading and showing the URLs that settings hold.

A URL is settled here once (trailing slash, driver, absolute path), so that no other layer has to.
"""

import ipaddress
import os
import re
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

_USER_INFO = re.compile(r"(://[^:/@\s]*:).*@", re.DOTALL)
_NAMED_PASSWORD = re.compile(r"(password=)[^&\s]*", re.IGNORECASE)

_POSTGRES = re.compile(r"^postgres(ql)?(\+psycopg)?://")
_SQLITE = "sqlite:///"
_DYNAMODB = re.compile(r"dynamodb://[A-Za-z0-9_.-]{3,255}/?(\?((region|endpoint)=[^&\s]+&?)*)?")
_DYNAMODB_FORM = "dynamodb://TABLE?region=eu-central-1"
_DATABASE_FORMS = "sqlite:///path/to/file.db or postgresql://user:password@host:5432/database"
_GLUE = re.compile(r"glue://[a-z0-9_]{1,255}(\?region=[a-z0-9-]+)?")
_STORAGE_FORMS = "a folder, file:///path/to/folder or s3://bucket/prefix"
_ORIGIN_FORMS = "https://host/path/, http://host/path/ or file:///path/to/folder/"


def masked(url: str) -> str:
    """The URL with any password in it replaced by ``***``."""
    return _NAMED_PASSWORD.sub(r"\1***", _USER_INFO.sub(r"\1***@", url))


def web_address(url: str) -> str:
    """Check an ``http(s)://host`` address; raises ValueError when it is none."""
    parts = _split(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        message = "write it like https://host or http://host:port"
        raise ValueError(message)
    return url.rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether a host's name or address is this machine's own."""
    bare = host.strip("[]").rstrip(".").lower()
    if bare == "localhost" or bare.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(bare).is_loopback
    except ValueError:
        return False


def origin(url: str) -> str:
    """Check an origin's base URL and end it in one slash; raises ValueError when it cannot be one."""
    parts = _split(url)
    has_place = bool(parts.hostname) if parts.scheme in ("http", "https") else parts.path.startswith("/")
    foreign_host = parts.scheme == "file" and parts.netloc not in ("", "localhost")
    if parts.scheme not in ("http", "https", "file") or not has_place or foreign_host:
        message = f'"{masked(url)}" is not an origin; write {_ORIGIN_FORMS}'
        raise ValueError(message)
    if parts.query or parts.fragment:
        message = f'"{masked(url)}" ends in a query; names of hours are put behind the URL, so write {_ORIGIN_FORMS}'
        raise ValueError(message)
    return url.rstrip("/") + "/"


def storage(uri: str, cwd: Path) -> str:
    """An absolute ``file://`` or ``s3://`` URI without a trailing slash; raises ValueError when it can be neither."""
    parts = _split(uri)
    if parts.scheme == "s3" and parts.netloc:
        return uri.rstrip("/")
    if parts.scheme == "file" and parts.netloc in ("", "localhost") and parts.path.startswith("/"):
        return "file://" + (parts.path.rstrip("/") or "/")
    if "://" not in uri and not uri.startswith(("s3:", "file:")):
        return absolute(Path(uri), cwd).as_uri()
    message = f"write {_STORAGE_FORMS}"
    raise ValueError(message)


def state(url: str, cwd: Path) -> str:
    """A table of DynamoDB, or a database URL; raises ValueError when it can be neither."""
    if _DYNAMODB.fullmatch(url):
        return url
    try:
        return database(url, cwd)
    except ValueError as error:
        message = f"{error}, or {_DYNAMODB_FORM}"
        raise ValueError(message) from None


def database(url: str, cwd: Path) -> str:
    """A database URL with its driver and an absolute path; raises ValueError when it can be neither kind."""
    if _POSTGRES.match(url):
        return _POSTGRES.sub("postgresql+psycopg://", url)
    path, question, options = url.removeprefix(_SQLITE).partition("?")
    if not url.startswith(_SQLITE) or path in ("", ":memory:"):
        message = f"write {_DATABASE_FORMS}"
        raise ValueError(message)
    return f"{_SQLITE}{absolute(Path(path), cwd)}{question}{options}"


def catalog(url: str, cwd: Path) -> str:
    """A database URL, or a database of AWS Glue; raises ValueError when it can be neither."""
    if not url.startswith("glue:"):
        return database(url, cwd)
    if not _GLUE.fullmatch(url):
        message = "write glue://database?region=eu-central-1; Glue's names are small letters, digits and _"
        raise ValueError(message)
    return url


def absolute(path: Path, cwd: Path) -> Path:
    """The path without ``~`` and ``..``, seen from ``cwd``; links stay as they are."""
    return Path(os.path.normpath(cwd / path.expanduser()))


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        # Reading the port is what checks it.
        _ = parts.port
    except ValueError as error:
        message = f'"{masked(url)}" is not a URL ({error})'
        raise ValueError(message) from None
    return parts

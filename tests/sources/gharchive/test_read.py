"""Reading an hour from a mirror or a folder, and refusing what is no gzip file."""

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest

from forgelake.model.errors import RetryError
from forgelake.model.hours import Hour
from forgelake.sources.gharchive import Origin, RefusedBodyError, read
from forgelake.transport import HttpClient, NotPublishedError
from tests.servers.mirror import Fault, Mirror

HOUR = Hour.parse("2016-01-01T01")
PATH = "/2016-01-01-1.json.gz"
BODY = gzip.compress(b'{"type": "PushEvent"}\n' * 5000)
NOW = datetime(2016, 1, 1, 3, tzinfo=UTC)

REFUSED = [
    (b"", "empty body"),
    (b"\n<!DOCTYPE html><html><head><title>404</title>", "HTML page"),
    (b"\xef\xbb\xbf<html>", "HTML page"),
    (b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">', "HTML page"),
    (b"<Error><Code>NoSuchKey</Code><Message>none</Message></Error>", "XML document (NoSuchKey)"),
    (b'<?xml version="1.0"?><rss/>', "XML document"),
    (b'{"type": "PushEvent"}\n', "JSON text, not gzip"),
    (" [{}]".encode("utf-16"), "JSON text, not gzip"),
    (b"\x00\x01\x02\x03\x04\x05\x06\x07\x08", "not gzip (first bytes 00 01 02 03 04 05 06 07)"),
    (b"\x1f\x8b\x00\x00", "not gzip (first bytes 1f 8b 00 00)"),
    (b"PK\x03\x04", "not gzip (first bytes 50 4b 03 04)"),
]


def now() -> datetime:
    return NOW


def test_an_hour_is_received_as_published(client: HttpClient, mirror: Mirror, tmp_path: Path) -> None:
    mirror.files[PATH] = BODY

    got = read(Origin.at(mirror.url), HOUR, client, tmp_path, now)

    assert got.path.read_bytes() == BODY
    assert got.url == mirror.url + PATH
    assert got.received_at == NOW


def test_a_folder_is_read_like_a_mirror(client: HttpClient, tmp_path: Path) -> None:
    (tmp_path / PATH[1:]).write_bytes(BODY)

    got = read(Origin.at(tmp_path.as_uri()), HOUR, client, tmp_path / "into", now)

    assert got.path.read_bytes() == BODY
    assert got.path.parent == tmp_path / "into"
    assert got.received_at == NOW


def test_an_hour_without_events_is_an_hour(client: HttpClient, mirror: Mirror, tmp_path: Path) -> None:
    mirror.files[PATH] = gzip.compress(b"")

    assert read(Origin.at(mirror.url), HOUR, client, tmp_path, now).size > 0


@pytest.mark.parametrize(("body", "reason"), REFUSED)
def test_what_is_no_gzip_file_is_refused_and_kept_for_the_caller(
    client: HttpClient, mirror: Mirror, tmp_path: Path, body: bytes, reason: str
) -> None:
    mirror.files[PATH] = body

    with pytest.raises(RefusedBodyError) as caught:
        read(Origin.at(mirror.url), HOUR, client, tmp_path, now)

    assert caught.value.reason == reason
    assert str(caught.value) == f"{mirror.url}{PATH} is not an archive hour: {reason}"
    assert caught.value.download.path.read_bytes() == body
    assert caught.value.download.received_at == NOW


def test_a_refused_file_in_a_folder_is_kept_too(client: HttpClient, tmp_path: Path) -> None:
    (tmp_path / PATH[1:]).write_bytes(b"<html>")

    with pytest.raises(RefusedBodyError, match="HTML page") as caught:
        read(Origin.at(tmp_path.as_uri()), HOUR, client, tmp_path / "into", now)

    assert caught.value.download.path.read_bytes() == b"<html>"


def test_an_error_page_served_once_does_not_hide_the_hour_later(
    client: HttpClient, mirror: Mirror, tmp_path: Path
) -> None:
    mirror.files[PATH] = BODY
    mirror.plan(PATH, Fault(body=b"<html>maintenance</html>"))
    with pytest.raises(RefusedBodyError):
        read(Origin.at(mirror.url), HOUR, client, tmp_path, now)

    assert read(Origin.at(mirror.url), HOUR, client, tmp_path, now).path.read_bytes() == BODY


def test_an_hour_that_is_not_there_is_not_published(client: HttpClient, mirror: Mirror, tmp_path: Path) -> None:
    for base in (mirror.url, tmp_path.as_uri()):
        with pytest.raises(NotPublishedError):
            read(Origin.at(base), HOUR, client, tmp_path, now)
    assert list(tmp_path.iterdir()) == []


def test_a_mirror_that_is_down_is_not_one_without_the_hour(client: HttpClient, mirror: Mirror, tmp_path: Path) -> None:
    mirror.plan(PATH, *[Fault(status=503)] * 3)

    with pytest.raises(RetryError):
        read(Origin.at(mirror.url), HOUR, client, tmp_path, now)

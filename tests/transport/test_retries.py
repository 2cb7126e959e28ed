"""What is tried again, how long is waited, and what is given up."""

import email.utils
import time
from dataclasses import replace
from pathlib import Path

import pytest

from forgelake.model.errors import RetryError, SkipError
from forgelake.transport import HttpClient, NotPublishedError
from tests.servers.mirror import Fault, Mirror
from tests.transport.clients import BODY, HOUR, IMPATIENT

NO_SUCH_KEY = b'<?xml version="1.0"?><Error><Code>NoSuchKey</Code><Message>no such key</Message></Error>'
ACCESS_DENIED = b"<Error><Code>AccessDenied</Code></Error>"


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_passing_status_is_tried_again(client: HttpClient, mirror: Mirror, tmp_path: Path, status: int) -> None:
    mirror.files[HOUR] = BODY
    mirror.plan(HOUR, Fault(status=status), Fault(status=status))

    assert client.download(mirror.url + HOUR, tmp_path).path.read_bytes() == BODY
    assert len(mirror.requests) == 3


@pytest.mark.parametrize("reset", [False, True])
def test_a_connection_closed_without_an_answer_is_tried_again(
    client: HttpClient, mirror: Mirror, tmp_path: Path, reset: bool
) -> None:
    mirror.files[HOUR] = BODY
    mirror.plan(HOUR, Fault(refuse=True, reset=reset))

    assert client.download(mirror.url + HOUR, tmp_path).path.read_bytes() == BODY


def test_a_stalled_body_is_given_up_and_gone_on_with(client: HttpClient, mirror: Mirror, tmp_path: Path) -> None:
    mirror.files[HOUR] = BODY
    mirror.plan(HOUR, Fault(pause_after=100_000, pause_seconds=2))

    assert client.download(mirror.url + HOUR, tmp_path).path.read_bytes() == BODY
    assert mirror.requests[1].headers["range"] == "bytes=100000-"


def test_a_slow_body_is_waited_for(client: HttpClient, mirror: Mirror, tmp_path: Path) -> None:
    mirror.files[HOUR] = BODY
    mirror.plan(HOUR, Fault(pause_after=100_000, pause_seconds=0.1))

    assert client.download(mirror.url + HOUR, tmp_path).path.read_bytes() == BODY
    assert len(mirror.requests) == 1


def test_after_the_last_attempt_the_cause_is_told(client: HttpClient, mirror: Mirror, tmp_path: Path) -> None:
    mirror.plan(HOUR, *[Fault(status=503)] * 9)

    with pytest.raises(RetryError, match=r"503 Service Unavailable; given up after 5 attempts") as caught:
        client.download(mirror.url + HOUR, tmp_path)

    assert len(mirror.requests) == 5
    assert caught.value.__cause__ is not None
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_is_not_there_is_named(client: HttpClient, tmp_path: Path) -> None:
    with pytest.raises(RetryError, match=r"http://127\.0\.0\.1:9/a failed: ConnectError"):
        client.download("http://name:password@127.0.0.1:9/a", tmp_path)


def test_retry_after_seconds_are_waited(client: HttpClient, mirror: Mirror, tmp_path: Path) -> None:
    mirror.files[HOUR] = BODY
    mirror.plan(HOUR, Fault(status=429, headers={"Retry-After": "1"}))

    client.download(mirror.url + HOUR, tmp_path)

    first, second = mirror.requests
    assert second.at - first.at >= 1


def test_a_retry_after_date_is_counted_by_the_servers_own_clock(
    client: HttpClient, mirror: Mirror, tmp_path: Path
) -> None:
    # The server's clock is a day behind: taken by ours, the date would be long past and nothing be waited.
    yesterday = time.time() - 86_400
    mirror.files[HOUR] = BODY
    headers = {
        "Retry-After": email.utils.formatdate(yesterday + 1, usegmt=True),
        "Date": email.utils.formatdate(yesterday, usegmt=True),
    }
    mirror.plan(HOUR, Fault(status=503, headers=headers))

    client.download(mirror.url + HOUR, tmp_path)

    first, second = mirror.requests
    assert second.at - first.at >= 1


@pytest.mark.parametrize("text", ["0", "soon", "-5", "Thu, 01 Jan 2015 00:00:00 GMT", ""])
def test_a_retry_after_that_asks_for_nothing_gets_our_own_backoff(
    client: HttpClient, mirror: Mirror, tmp_path: Path, text: str
) -> None:
    mirror.files[HOUR] = BODY
    mirror.plan(HOUR, Fault(status=503, headers={"Retry-After": text}))

    assert client.download(mirror.url + HOUR, tmp_path).size == len(BODY)


def test_a_longer_wait_than_allowed_is_left_to_the_caller(client: HttpClient, mirror: Mirror, tmp_path: Path) -> None:
    mirror.files[HOUR] = BODY
    mirror.plan(HOUR, Fault(status=429, headers={"Retry-After": "3600"}))

    with pytest.raises(RetryError, match="asks to wait 3600 s, longer than the 5 s") as caught:
        client.download(mirror.url + HOUR, tmp_path)

    assert caught.value.wait_seconds == 3600
    assert len(mirror.requests) == 1


def test_a_wait_asked_for_at_the_last_attempt_is_handed_on(mirror: Mirror, tmp_path: Path) -> None:
    mirror.plan(HOUR, Fault(status=503, headers={"Retry-After": "2"}))

    with HttpClient(replace(IMPATIENT, attempts=1)) as client, pytest.raises(RetryError) as caught:
        client.download(mirror.url + HOUR, tmp_path)

    assert caught.value.wait_seconds == 2


@pytest.mark.parametrize("fault", [Fault(status=404), Fault(status=410), Fault(status=403, body=NO_SUCH_KEY)])
def test_what_is_not_there_is_not_published_and_not_asked_for_twice(
    client: HttpClient, mirror: Mirror, tmp_path: Path, fault: Fault
) -> None:
    mirror.plan(HOUR, fault)

    with pytest.raises(NotPublishedError, match=str(fault.status)):
        client.download(mirror.url + HOUR, tmp_path)

    assert len(mirror.requests) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Fault(status=401), "401 Unauthorized"),
        (Fault(status=403), "403 Forbidden"),
        (Fault(status=403, body=ACCESS_DENIED), r"403 Forbidden \(AccessDenied\)"),
        (Fault(status=400), "400 Bad Request"),
        (Fault(status=451), "451"),
        (Fault(status=204), "204 No Content"),
        (Fault(status=206, body=b"part"), "206 Partial Content"),
        (Fault(status=304), "304 Not Modified"),
        (Fault(status=416), "416"),
        (Fault(status=302, headers={"Location": "file:///etc/passwd"}), "cannot be followed"),
        (Fault(status=302, headers={"Location": "ftp://127.0.0.1/a"}), "cannot be followed"),
    ],
)
def test_a_refusal_skips_the_slice(client: HttpClient, mirror: Mirror, tmp_path: Path, fault: Fault, told: str) -> None:
    mirror.plan(HOUR, fault)

    with pytest.raises(SkipError, match=told) as caught:
        client.download(mirror.url + HOUR, tmp_path)

    assert not isinstance(caught.value, NotPublishedError)
    assert len(mirror.requests) == 1


def test_a_circle_of_redirects_ends(client: HttpClient, mirror: Mirror, tmp_path: Path) -> None:
    mirror.plan(HOUR, *[Fault(status=302, headers={"Location": HOUR})] * 20)

    with pytest.raises(SkipError, match="cannot be followed"):
        client.download(mirror.url + HOUR, tmp_path)

    assert len(mirror.requests) == 6


def test_an_address_that_is_none_is_skipped(client: HttpClient, tmp_path: Path) -> None:
    for url in ("ftp://host/a", "http://", "http://host:port/a"):
        with pytest.raises(SkipError):
            client.download(url, tmp_path)


def test_a_small_page_is_read_as_text(client: HttpClient, mirror: Mirror) -> None:
    mirror.files["/"] = "é".encode() + b"\xff"
    mirror.plan("/", Fault(status=503))

    assert client.get_text(f"{mirror.url}/", 100) == "é\N{REPLACEMENT CHARACTER}"


def test_a_page_larger_than_expected_is_not_read(client: HttpClient, mirror: Mirror) -> None:
    mirror.files["/"] = b"x" * 101

    with pytest.raises(SkipError, match="larger than 100 bytes"):
        client.get_text(f"{mirror.url}/", 100)


def test_a_page_that_is_not_there_is_not_published(client: HttpClient, mirror: Mirror) -> None:
    with pytest.raises(NotPublishedError):
        client.get_text(f"{mirror.url}/", 100)

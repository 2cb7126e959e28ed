"""Broken transfers: the rest is asked for, and only a rest of the same version is taken."""

import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forgelake.model.errors import RetryError
from forgelake.transport import HttpClient
from tests.servers.mirror import LAST_MODIFIED, Fault, Mirror
from tests.transport.clients import BODY, HOUR, IMPATIENT, OTHER

ATTEMPTS = 8
faults = st.one_of(
    st.builds(Fault, cut_after=st.integers(0, len(BODY)), reset=st.booleans(), ignore_range=st.booleans()),
    st.builds(Fault, status=st.sampled_from([500, 503, 429])),
    st.just(Fault(refuse=True)),
)


@pytest.fixture(scope="module")
def shared_mirror() -> Iterator[Mirror]:
    with Mirror() as server:
        yield server


@pytest.fixture(scope="module")
def patient_client() -> Iterator[HttpClient]:
    with HttpClient(replace(IMPATIENT, attempts=ATTEMPTS)) as made:
        yield made


@settings(max_examples=60, deadline=None)
@given(planned=st.lists(faults, max_size=ATTEMPTS - 1), etag=st.sampled_from(['"strong"', 'W/"weak"', None]))
def test_whatever_breaks_the_bytes_are_exact(
    patient_client: HttpClient, shared_mirror: Mirror, planned: list[Fault], etag: str | None
) -> None:
    shared_mirror.files[HOUR] = BODY
    shared_mirror.etags[HOUR] = etag
    shared_mirror.plan(HOUR, *planned)

    with tempfile.TemporaryDirectory() as folder:
        got = patient_client.download(shared_mirror.url + HOUR, Path(folder))
        assert got.path.read_bytes() == BODY
        assert (got.size, got.sha256) == (len(BODY), hashlib.sha256(BODY).hexdigest())

    # A fault that cut nothing off (because less was left) needs no further request; it must not reach the next example.
    while shared_mirror.record(shared_mirror.requests[-1]) != Fault():
        pass


def test_only_the_rest_is_asked_for(client: HttpClient, mirror: Mirror, tmp_path: Path) -> None:
    mirror.files[HOUR] = BODY
    mirror.plan(HOUR, Fault(cut_after=100_000), Fault(cut_after=50_000))

    got = client.download(mirror.url + HOUR, tmp_path)

    assert got.path.read_bytes() == BODY
    assert [request.headers.get("range") for request in mirror.requests] == [None, "bytes=100000-", "bytes=150000-"]
    assert {request.headers.get("if-range") for request in mirror.requests[1:]} == {mirror.etag(HOUR)}


def test_without_an_etag_the_time_of_change_guards_the_rest(client: HttpClient, mirror: Mirror, tmp_path: Path) -> None:
    mirror.files[HOUR] = BODY
    mirror.etags[HOUR] = None
    mirror.plan(HOUR, Fault(cut_after=100_000))

    assert client.download(mirror.url + HOUR, tmp_path).path.read_bytes() == BODY
    assert mirror.requests[1].headers["if-range"] == LAST_MODIFIED
    assert mirror.requests[1].headers["range"] == "bytes=100000-"


@pytest.mark.parametrize(
    ("etag", "headers"),
    [
        ('W/"weak"', {}),
        (None, {"Last-Modified": ""}),
        # Changed within the second of the answer: another change in that second could not be told.
        (None, {"Last-Modified": LAST_MODIFIED, "Date": LAST_MODIFIED}),
    ],
)
def test_without_a_strong_validator_all_is_asked_for_again(
    client: HttpClient, mirror: Mirror, tmp_path: Path, etag: str | None, headers: dict[str, str]
) -> None:
    mirror.files[HOUR] = BODY
    mirror.etags[HOUR] = etag
    mirror.plan(HOUR, Fault(cut_after=100_000, headers=headers))

    assert client.download(mirror.url + HOUR, tmp_path).path.read_bytes() == BODY
    assert "range" not in mirror.requests[1].headers


def test_a_server_that_ignores_ranges_starts_again(client: HttpClient, mirror: Mirror, tmp_path: Path) -> None:
    mirror.files[HOUR] = BODY
    mirror.plan(HOUR, Fault(cut_after=100_000), Fault(ignore_range=True))
    told: list[int] = []

    assert client.download(mirror.url + HOUR, tmp_path, progress=told.append).path.read_bytes() == BODY
    assert told != sorted(told)


@pytest.mark.parametrize("status", [412, 416])
def test_a_refused_range_starts_again(client: HttpClient, mirror: Mirror, tmp_path: Path, status: int) -> None:
    mirror.files[HOUR] = BODY
    mirror.plan(HOUR, Fault(cut_after=100_000), Fault(status=status))

    assert client.download(mirror.url + HOUR, tmp_path).path.read_bytes() == BODY
    assert "range" not in mirror.requests[2].headers


@pytest.mark.parametrize("ignore_if_range", [False, True])
def test_a_file_that_changes_meanwhile_is_received_whole(
    client: HttpClient, mirror: Mirror, tmp_path: Path, ignore_if_range: bool
) -> None:
    mirror.files[HOUR] = BODY
    mirror.plan(HOUR, Fault(cut_after=100_000), Fault(ignore_if_range=ignore_if_range))

    def replace_file(_: int) -> None:
        mirror.files[HOUR] = OTHER

    got = client.download(mirror.url + HOUR, tmp_path, progress=replace_file)

    assert got.path.read_bytes() == OTHER
    assert got.etag == mirror.etag(HOUR)


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Range": ""},
        {"Content-Range": "bytes 0-9/10"},
        {"Content-Range": f"bytes 99999-{len(BODY) - 1}/{len(BODY)}"},
        {"Content-Range": f"bytes 100000-{len(BODY) - 1}/{len(BODY) + 1}"},
        {"Last-Modified": "Fri, 01 Jan 2016 02:00:00 GMT"},
    ],
)
def test_a_part_other_than_the_one_asked_for_is_not_taken(
    client: HttpClient, mirror: Mirror, tmp_path: Path, headers: dict[str, str]
) -> None:
    mirror.files[HOUR] = BODY
    mirror.plan(HOUR, Fault(cut_after=100_000), Fault(headers=headers))

    assert client.download(mirror.url + HOUR, tmp_path).path.read_bytes() == BODY
    assert len(mirror.requests) == 3


def test_a_server_that_sends_less_than_the_rest_is_asked_for_what_is_left(
    client: HttpClient, mirror: Mirror, tmp_path: Path
) -> None:
    mirror.files[HOUR] = BODY
    less = Fault(status=206, body=BODY[100_000:150_000], headers={"Content-Range": f"bytes 100000-149999/{len(BODY)}"})
    mirror.plan(HOUR, Fault(cut_after=100_000), less)

    assert client.download(mirror.url + HOUR, tmp_path).path.read_bytes() == BODY
    assert mirror.requests[2].headers["range"] == "bytes=150000-"


def test_a_rest_that_is_longer_than_it_can_be_is_not_taken(client: HttpClient, mirror: Mirror, tmp_path: Path) -> None:
    mirror.files[HOUR] = BODY
    headers = {"Content-Range": f"bytes 100000-{len(BODY) - 1}/{len(BODY)}"}
    mirror.plan(HOUR, Fault(cut_after=100_000), Fault(status=206, body=BODY[100_000:] + b"more", headers=headers))

    assert client.download(mirror.url + HOUR, tmp_path).path.read_bytes() == BODY


def test_a_part_of_unknown_whole_is_taken(client: HttpClient, mirror: Mirror, tmp_path: Path) -> None:
    mirror.files[HOUR] = BODY
    unknown = {"Content-Range": f"bytes 100000-{len(BODY) - 1}/*"}
    mirror.plan(HOUR, Fault(cut_after=100_000), Fault(headers=unknown))

    assert client.download(mirror.url + HOUR, tmp_path).path.read_bytes() == BODY
    assert len(mirror.requests) == 2


def test_a_body_that_always_ends_early_is_never_taken_for_whole(
    client: HttpClient, mirror: Mirror, tmp_path: Path
) -> None:
    mirror.files[HOUR] = BODY
    mirror.plan(HOUR, *[Fault(cut_after=10, ignore_range=True)] * 9)

    with pytest.raises(RetryError, match="given up after 5 attempts"):
        client.download(mirror.url + HOUR, tmp_path)

    assert list(tmp_path.iterdir()) == []

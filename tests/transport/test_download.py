"""Downloads from a healthy server: exact bytes, facts, conditions, progress."""

import gzip
import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from forgelake.model.errors import StopError
from forgelake.transport import HttpClient, fetch
from tests.servers.mirror import Fault, Mirror
from tests.transport.clients import BODY, HOUR, OTHER


def test_a_download_tells_what_it_received(client: HttpClient, mirror: Mirror, tmp_path: Path) -> None:
    mirror.files[HOUR] = BODY

    got = client.download(mirror.url + HOUR, tmp_path / "new" / "folder")

    assert got.path.read_bytes() == BODY
    assert got.path.parent == tmp_path / "new" / "folder"
    assert got.size == len(BODY)
    assert got.sha256 == hashlib.sha256(BODY).hexdigest()
    assert got.etag == mirror.etag(HOUR)
    assert got.last_modified == datetime(2016, 1, 1, 1, 0, tzinfo=UTC)
    assert got.url == mirror.url + HOUR
    assert abs(got.received_at - datetime.now(UTC)) < timedelta(minutes=1)


def test_the_server_is_told_who_asks_and_to_encode_nothing(client: HttpClient, mirror: Mirror, tmp_path: Path) -> None:
    mirror.files[HOUR] = BODY

    client.download(mirror.url + HOUR, tmp_path)

    (request,) = mirror.requests
    assert request.headers["user-agent"] == "forgelake-tests"
    assert request.headers["accept-encoding"] == "identity"
    assert "range" not in request.headers


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd", "deflate"])
def test_bytes_are_kept_as_sent_whatever_encoding_is_claimed(
    client: HttpClient, mirror: Mirror, tmp_path: Path, encoding: str
) -> None:
    mirror.files[HOUR] = BODY
    mirror.plan(HOUR, Fault(headers={"Content-Encoding": encoding}))

    assert client.download(mirror.url + HOUR, tmp_path).path.read_bytes() == BODY


def test_a_body_of_unannounced_length_is_taken_to_its_end(client: HttpClient, mirror: Mirror, tmp_path: Path) -> None:
    mirror.files[HOUR] = BODY
    mirror.plan(HOUR, Fault(no_length=True))

    assert client.download(mirror.url + HOUR, tmp_path).path.read_bytes() == BODY


def test_an_empty_body_is_a_download_of_nothing(client: HttpClient, mirror: Mirror, tmp_path: Path) -> None:
    mirror.files[HOUR] = b""

    got = client.download(mirror.url + HOUR, tmp_path)

    assert (got.size, got.sha256) == (0, hashlib.sha256(b"").hexdigest())
    assert got.path.read_bytes() == b""


def test_an_unchanged_version_is_not_received_again(client: HttpClient, mirror: Mirror, tmp_path: Path) -> None:
    mirror.files[HOUR] = BODY
    known = client.download(mirror.url + HOUR, tmp_path / "first").etag
    assert known is not None

    again = client.download(mirror.url + HOUR, tmp_path / "second", etag=known)

    assert again is None
    assert list((tmp_path / "second").iterdir()) == []
    assert mirror.requests[-1].headers["if-none-match"] == known


def test_a_changed_version_is_received(client: HttpClient, mirror: Mirror, tmp_path: Path) -> None:
    mirror.files[HOUR] = BODY
    known = mirror.etag(HOUR) or ""
    mirror.files[HOUR] = OTHER

    got = client.download(mirror.url + HOUR, tmp_path, etag=known)

    assert got is not None
    assert got.path.read_bytes() == OTHER


def test_progress_is_told_up_to_the_whole_size(client: HttpClient, mirror: Mirror, tmp_path: Path) -> None:
    mirror.files[HOUR] = BODY
    told: list[int] = []

    client.download(mirror.url + HOUR, tmp_path, progress=told.append)

    assert told == sorted(told)
    assert told[-1] == len(BODY)


def test_one_client_serves_many_threads(client: HttpClient, mirror: Mirror, tmp_path: Path) -> None:
    bodies = {f"/{n}": gzip.compress(str(n).encode() * 1000) for n in range(24)}
    mirror.files.update(bodies)

    def get(path: str) -> bytes:
        return client.download(mirror.url + path, tmp_path).path.read_bytes()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(get, bodies)) == list(bodies.values())


def test_redirects_are_followed(client: HttpClient, mirror: Mirror, tmp_path: Path) -> None:
    mirror.files["/elsewhere"] = BODY
    mirror.plan(HOUR, Fault(status=302, headers={"Location": "/elsewhere"}))

    got = client.download(mirror.url + HOUR, tmp_path)

    assert got.path.read_bytes() == BODY
    assert got.url == mirror.url + HOUR


def test_credentials_and_signatures_are_sent_but_not_kept(client: HttpClient, mirror: Mirror, tmp_path: Path) -> None:
    mirror.files["/a?signature=hidden"] = BODY
    url = mirror.url.replace("http://", "http://name:password@") + "/a?signature=hidden"

    got = client.download(url, tmp_path)

    assert mirror.requests[0].headers["authorization"].startswith("Basic ")
    assert got.url == mirror.url + "/a"


def test_fetch_treats_a_folder_and_a_mirror_alike(client: HttpClient, mirror: Mirror, tmp_path: Path) -> None:
    mirror.files[HOUR] = BODY
    (tmp_path / "a.gz").write_bytes(BODY)

    over_http = fetch(client, mirror.url + HOUR, tmp_path)
    from_folder = fetch(client, (tmp_path / "a.gz").as_uri(), tmp_path)

    assert over_http.sha256 == from_folder.sha256
    assert from_folder.path.read_bytes() == BODY


def test_a_folder_that_cannot_be_written_stops_the_run(client: HttpClient, mirror: Mirror, tmp_path: Path) -> None:
    mirror.files[HOUR] = BODY
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(StopError, match="file"):
        client.download(mirror.url + HOUR, tmp_path / "file")


def test_an_interrupted_download_leaves_no_file(client: HttpClient, mirror: Mirror, tmp_path: Path) -> None:
    mirror.files[HOUR] = BODY

    def interrupt(size: int) -> None:
        assert size > 0
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        client.download(mirror.url + HOUR, tmp_path, progress=interrupt)

    assert list(tmp_path.iterdir()) == []

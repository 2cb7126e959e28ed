"""The contract on a real S3 server, and what is particular to buckets."""

import uuid

import pytest

from forgelake.model.errors import ConfigurationError, RetryError
from forgelake.storage import S3Options, Storage
from tests.servers import s3
from tests.servers.s3 import S3Server
from tests.storage.contract import StorageContract


def options(server: S3Server, key: str = s3.ACCESS_KEY_ID, secret: str = s3.SECRET_ACCESS_KEY) -> S3Options:
    return S3Options(endpoint=server.endpoint, region=s3.REGION, access_key_id=key, secret_access_key=secret)


class TestS3(StorageContract):
    """A prefix of its own for every test."""

    @pytest.fixture
    def storage(self, s3_server: S3Server) -> Storage:
        return Storage.open(s3_server.uri(f"contract/{uuid.uuid4()}"), options(s3_server))


def test_a_prefix_shows_only_what_is_below_it(s3_server: S3Server) -> None:
    Storage.open(s3_server.uri("outer/inner"), options(s3_server)).put("a", b"1")

    outer = Storage.open(s3_server.uri("outer/"), options(s3_server))

    assert [info.path for info in outer.list()] == ["inner/a"]
    assert outer.uri("inner/a") == "s3://lake/outer/inner/a"


def test_a_whole_bucket_is_a_storage(s3_server: S3Server) -> None:
    bucket = Storage.open("s3://lake", options(s3_server))
    bucket.put("at-the-top", b"1")

    assert bucket.get("at-the-top") == b"1"
    assert bucket.uri("at-the-top") == "s3://lake/at-the-top"


@pytest.mark.parametrize(
    ("key", "secret"), [("unknown-key-id", s3.SECRET_ACCESS_KEY), (s3.ACCESS_KEY_ID, "wrong-secret")]
)
def test_refused_access_is_a_setting_to_correct_and_shows_no_key(s3_server: S3Server, key: str, secret: str) -> None:
    storage = Storage.open(s3_server.uri("refused"), options(s3_server, key, secret))

    for act in (lambda: storage.get("a"), lambda: storage.put("a", b""), lambda: list(storage.list())):
        with pytest.raises(ConfigurationError, match="was refused; check the access key") as caught:
            act()
        assert f"s3://lake/refused at {s3_server.endpoint}" in str(caught.value)
        assert key not in str(caught.value)
        assert secret not in str(caught.value)


def test_a_key_that_may_only_read_cannot_write(s3_server: S3Server) -> None:
    Storage.open(s3_server.uri("read-only"), options(s3_server)).put("a", b"1")
    reader = Storage.open(s3_server.uri("read-only"), options(s3_server, s3.READ_ONLY_KEY_ID))

    assert reader.get("a") == b"1"
    with pytest.raises(ConfigurationError, match="was refused"):
        reader.put("a", b"2")


def test_a_bucket_that_is_not_there_is_a_setting_to_correct(s3_server: S3Server) -> None:
    storage = Storage.open("s3://no-such-bucket/a", options(s3_server, s3.READ_ONLY_KEY_ID))

    for act in (lambda: storage.get("a"), lambda: list(storage.list())):
        with pytest.raises(ConfigurationError, match=r"the bucket of s3://no-such-bucket/a at .* does not exist"):
            act()


def test_a_service_that_cannot_be_reached_is_named_without_the_key() -> None:
    nowhere = S3Options("http://127.0.0.1:9", s3.REGION, "the-key-id", "the-secret")

    with pytest.raises(RetryError, match=r"s3://bucket/lake at http://127\.0\.0\.1:9 failed") as caught:
        Storage.open("s3://bucket/lake", nowhere).get("a")

    assert "the-secret" not in str(caught.value)
    assert "the-key-id" not in str(caught.value)


def test_no_secret_shows_in_a_repr() -> None:
    given = S3Options("http://127.0.0.1:9", "eu-west-1", "the-key-id", "the-secret", "the-token")

    shown = repr(given) + repr(Storage.open("s3://bucket", given))

    assert "127.0.0.1" in shown
    assert not any(secret in shown for secret in ("the-key-id", "the-secret", "the-token"))


def test_a_key_in_the_uri_is_refused_and_not_repeated() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Storage.open("s3://key:secret@bucket/lake")

    assert "secret" not in str(caught.value)

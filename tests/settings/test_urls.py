"""URLs are settled once, and a password never comes out in a message or in a repr."""

from pathlib import Path

import pytest

from forgelake.model.errors import ConfigurationError
from forgelake.settings import load, masked


@pytest.mark.parametrize(
    ("given", "settled"),
    [
        ("lake", "file://{cwd}/lake"),
        ("/srv/lake/", "file:///srv/lake"),
        ("file:///srv/lake/", "file:///srv/lake"),
        ("s3://bucket/prefix/", "s3://bucket/prefix"),
        ("s3://bucket", "s3://bucket"),
    ],
)
def test_storage_becomes_an_absolute_uri(tmp_path: Path, given: str, settled: str) -> None:
    assert load({"FORGELAKE_STORAGE_URI": given}, tmp_path).storage.uri == settled.format(cwd=tmp_path)


@pytest.mark.parametrize("given", ["s3://", "s3:bucket", "gs://bucket", "file://host/folder", "file://relative"])
def test_storage_elsewhere_is_refused(tmp_path: Path, given: str) -> None:
    with pytest.raises(ConfigurationError, match="write a folder, file:///path/to/folder or s3://bucket/prefix"):
        load({"FORGELAKE_STORAGE_URI": given}, tmp_path)


def test_the_longer_name_of_storage_wins_over_the_shorter(tmp_path: Path) -> None:
    environ = {"FORGELAKE_STORAGE": "/short"}
    assert load(environ, tmp_path).storage.uri == "file:///short"
    assert load(environ | {"FORGELAKE_STORAGE_URI": "/long"}, tmp_path).storage.uri == "file:///long"


@pytest.mark.parametrize(
    ("given", "settled"),
    [
        ("sqlite:///x/state.db", "sqlite:///{cwd}/x/state.db"),
        ("sqlite:////srv/state.db?timeout=5", "sqlite:////srv/state.db?timeout=5"),
        ("postgres://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgresql://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgresql+psycopg://h/d", "postgresql+psycopg://h/d"),
    ],
)
@pytest.mark.parametrize("section", ["state", "catalog"])
def test_a_database_gets_its_driver_and_an_absolute_path(
    tmp_path: Path, section: str, given: str, settled: str
) -> None:
    settings = load({}, tmp_path, {f"{section}.url": given})
    assert getattr(settings, section).url == settled.format(cwd=tmp_path)


def test_a_table_of_dynamodb_keeps_the_state_and_no_catalog(tmp_path: Path) -> None:
    url = "dynamodb://forgelake-state?region=eu-central-1&endpoint=http://localhost:8000"
    assert load({"FORGELAKE_STATE_URL": url}, tmp_path).state.url == url
    with pytest.raises(ConfigurationError, match="write sqlite"):
        load({"FORGELAKE_CATALOG_URL": url}, tmp_path)


@pytest.mark.parametrize("given", ["dynamodb://key:hidden@table", "dynamodb://table?other=x"])
def test_a_table_is_named_without_keys(tmp_path: Path, given: str) -> None:
    with pytest.raises(ConfigurationError, match="dynamodb://TABLE") as caught:
        load({"FORGELAKE_STATE_URL": given}, tmp_path)
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize("given", ["sqlite://", "sqlite:///:memory:", "mysql://u:hidden@h/d", "state.db"])
def test_another_database_is_refused_without_its_password(tmp_path: Path, given: str) -> None:
    with pytest.raises(ConfigurationError, match=r"write sqlite:///path/to/file\.db or postgresql://") as caught:
        load({"FORGELAKE_STATE_URL": given}, tmp_path)
    assert "hidden" not in str(caught.value)


def test_origins_are_split_settled_and_kept_in_order(tmp_path: Path) -> None:
    given = " http://127.0.0.1:80/a  file:///srv/hours https://h/b// http://127.0.0.1:80/a/ "
    urls = load({"FORGELAKE_GHARCHIVE_URLS": given}, tmp_path).gharchive.urls
    assert urls == ("http://127.0.0.1:80/a/", "file:///srv/hours/", "https://h/b/")


def test_origins_are_a_list_in_the_file(tmp_path: Path) -> None:
    (tmp_path / "forgelake.toml").write_text('[gharchive]\nurls = ["http://h/a"]\n', encoding="utf-8")
    assert load({}, tmp_path).gharchive.urls == ("http://h/a/",)


@pytest.mark.parametrize(
    "given", ["ftp://h/", "h/a", "http://", "https:///a", "file://h/a", "http://h/?a=b", "http://h:x/", "http://[/"]
)
def test_something_else_is_no_origin(tmp_path: Path, given: str) -> None:
    with pytest.raises(ConfigurationError, match=r"FORGELAKE_GHARCHIVE_URLS: gharchive\.urls"):
        load({"FORGELAKE_GHARCHIVE_URLS": given}, tmp_path)


@pytest.mark.parametrize("written", ["[]", "3", "[3]"])
def test_origins_must_be_named(tmp_path: Path, written: str) -> None:
    (tmp_path / "forgelake.toml").write_text(f"[gharchive]\nurls = {written}\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"name at least one origin|write a list of base URLs"):
        load({}, tmp_path)


def test_the_scheme_of_the_endpoint_decides_on_tls(tmp_path: Path) -> None:
    storage = load({"FORGELAKE_STORAGE_ENDPOINT": "http://127.0.0.1:8333/"}, tmp_path).storage
    assert (storage.endpoint, storage.allow_http) == ("http://127.0.0.1:8333", True)
    assert not load({"FORGELAKE_STORAGE_ENDPOINT": "https://s3"}, tmp_path).storage.allow_http
    with pytest.raises(ConfigurationError, match="https://host"):
        load({"FORGELAKE_STORAGE_ENDPOINT": "127.0.0.1:8333"}, tmp_path)


def test_standard_variables_fill_what_is_not_given(tmp_path: Path) -> None:
    environ = {
        "AWS_ACCESS_KEY_ID": "id",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_SESSION_TOKEN": "token",
        "AWS_ENDPOINT_URL": "http://general",
        "AWS_ENDPOINT_URL_S3": "http://special",
        "AWS_REGION": "eu-central-1",
    }
    storage = load(environ | {"FORGELAKE_STORAGE_REGION": "eu-west-1"}, tmp_path).storage
    assert (storage.endpoint, storage.region) == ("http://special", "eu-west-1")
    assert storage.access_key_id.get_secret_value() == "id"
    assert storage.secret_access_key.get_secret_value() == "secret"
    assert storage.session_token.get_secret_value() == "token"


def test_a_key_is_not_mixed_from_two_places(tmp_path: Path) -> None:
    own = {"FORGELAKE_STORAGE_ACCESS_KEY_ID": "own", "FORGELAKE_STORAGE_SECRET_ACCESS_KEY": "own"}
    ambient = {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "token"}
    storage = load(own | ambient, tmp_path).storage
    assert storage.access_key_id.get_secret_value() == "own"
    assert storage.session_token.get_secret_value() == ""


def test_half_a_key_is_refused_only_if_it_is_forgelakes_own(tmp_path: Path) -> None:
    assert load({"AWS_ACCESS_KEY_ID": "id"}, tmp_path) == load({}, tmp_path)
    with pytest.raises(ConfigurationError, match="set both or none"):
        load({"FORGELAKE_STORAGE_ACCESS_KEY_ID": "id"}, tmp_path)


def test_no_secret_is_shown(tmp_path: Path) -> None:
    environ = {
        "FORGELAKE_STATE_URL": "postgresql://u:hidden@h/d",
        "FORGELAKE_CATALOG_URL": "postgresql://h/d?user=u&password=hidden",
        "FORGELAKE_GHARCHIVE_URLS": "https://u:hidden@h/",
        "FORGELAKE_STORAGE_ACCESS_KEY_ID": "hidden",
        "FORGELAKE_STORAGE_SECRET_ACCESS_KEY": "hidden",
    }
    settings = load(environ, tmp_path)
    assert "hidden" not in repr(settings)
    assert "hidden" not in str(settings)
    assert "postgresql+psycopg://u:***@h/d" in repr(settings)
    wrong = {"FORGELAKE_STORAGE_ENDPOINT": "ftp://u:hidden@h", "FORGELAKE_STATE_URL": "x://u:hidden@h"}
    with pytest.raises(ConfigurationError) as caught:
        load(environ | wrong, tmp_path, {"storage.secret_access_key": ["hidden"]})
    assert "hidden" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_masking_leaves_the_rest_readable() -> None:
    assert masked("postgresql://u:p@ss@h:5432/d?x=1") == "postgresql://u:***@h:5432/d?x=1"
    assert masked("http://h:8080/a") == "http://h:8080/a"

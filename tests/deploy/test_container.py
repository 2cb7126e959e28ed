"""The image and the compose file: checked, and run step by step without an engine."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from forgelake.cli.main import app
from forgelake.settings import load
from tests.deploy import image
from tests.deploy.files import DEPLOY, ROOT, check, document
from tests.pipelines.archive import hours, published, some
from tests.servers import s3

COMPOSE = DEPLOY / "compose" / "compose.yaml"
FILES = [COMPOSE, DEPLOY / "compose" / "github.yaml"]
SERVICES: dict[str, Any] = document(COMPOSE)["services"]
OURS = ("serve", "worker")
SECRETS = "/run/secrets"
GIVE_UP_SECONDS = 60.0


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The secrets as the script makes them."""
    folder = tmp_path_factory.mktemp("compose")
    for _ in range(2):
        subprocess.run([DEPLOY / "compose" / "make-secrets", folder], check=True)
    return folder / "secrets"


def environment(service: str, secrets: Path) -> dict[str, str]:
    """What a process of a service is started with, its secrets being in that folder."""
    given: dict[str, str] = SERVICES[service]["environment"]
    return {**image.variables(), **{name: value.replace(SECRETS, str(secrets)) for name, value in given.items()}}


def test_hadolint_has_nothing_to_say_of_the_dockerfile() -> None:
    check("hadolint", "Dockerfile")


def test_the_image_is_made_from_files_that_reach_it_and_from_no_others() -> None:
    assert {name for name in os.listdir(ROOT) if image.let_in(name)} == image.copied()  # noqa: PTH208 - names only


def test_the_compose_files_follow_the_specification() -> None:
    check("check-jsonschema", "--builtin-schema", "vendor.compose-spec", *FILES)


@pytest.mark.parametrize("service", OURS)
def test_the_settings_of_a_service_are_ones_that_there_are(service: str, secrets: Path, tmp_path: Path) -> None:
    settings = load(environment(service, secrets), tmp_path)
    password = (secrets / "database_password").read_text()
    assert settings.state.url == f"postgresql+psycopg://forgelake:{password}@postgres/forgelake"
    assert settings.storage.secret_access_key.get_secret_value() == (secrets / "s3_secret").read_text()


def test_a_token_is_added_without_taking_a_secret_away(secrets: Path, tmp_path: Path) -> None:
    worker = document(FILES[1])["services"]["worker"]
    assert set(SERVICES["worker"]["secrets"]) < set(worker["secrets"])
    (tmp_path / "github_token").write_text("ghp_invented")
    given = {name: value.replace(SECRETS, str(tmp_path)) for name, value in worker["environment"].items()}
    lists = {name: "pallets/flask" if name.endswith("REPOS") else "" for name, value in given.items() if "$" in value}
    assert load({**environment("worker", secrets), **given, **lists}, tmp_path).github.repos == ("pallets/flask",)


@pytest.mark.parametrize("service", OURS)
def test_a_service_is_no_root_and_writes_to_its_volume_alone(service: str) -> None:
    declared = SERVICES[service]
    assert declared["read_only"]
    assert declared["cap_drop"] == ["ALL"]
    assert [volume.partition(":")[2] for volume in declared["volumes"]] == [image.variables()["FORGELAKE_HOME"]]
    assert "\nUSER 10001:10001\n" in image.DOCKERFILE


def test_every_service_names_a_command_volumes_and_secrets_that_there_are() -> None:
    declared = document(COMPOSE)
    for name in OURS:
        app.parse_args(SERVICES[name]["command"], exit_on_error=False, print_error=False)
    used = {volume.partition(":")[0] for service in SERVICES.values() for volume in service["volumes"]}
    assert used == set(declared["volumes"])
    assert {one for service in SERVICES.values() for one in service["secrets"]} == set(declared["secrets"])


def test_only_this_machine_reaches_a_server_that_shows_everything() -> None:
    assert SERVICES["serve"]["environment"]["FORGELAKE_API_ANONYMOUS"] == "always"
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_the_images_steps_and_the_services_settings_make_a_lake_that_answers(
    fresh_postgresql_url: str, s3_server: s3.S3Server, tmp_path: Path
) -> None:
    place = image.installed(tmp_path)
    before = _files(tmp_path)
    given = _given(tmp_path, place, fresh_postgresql_url, s3_server)
    given["worker"] |= {
        "FORGELAKE_GHARCHIVE_URLS": published(tmp_path / "hours", 2),
        "FORGELAKE_GHARCHIVE_WORKERS": "1",
        "FORGELAKE_JOBS_COLLECT_EVENTS_SCHEDULE": "never",
    }
    command, cwd = place / "bin" / "forgelake", tmp_path / "data"
    line = [command, "worker", "--until-idle"]
    worker = subprocess.run(line, env=given["worker"], cwd=cwd, capture_output=True, check=False)
    assert worker.returncode == 0, worker.stderr.decode()
    with _started([command, *SERVICES["serve"]["command"]], given["serve"], cwd) as process:
        _until(lambda: _healthy(given["serve"]))
        url = f"http://127.0.0.1:{given['serve']['FORGELAKE_API_PORT']}/api/v1/metrics/events/data"
        answer = httpx2.get(url, params={"from": "2016-01-01", "to": "2016-01-02", "interval": "d"}).json()
        assert [row["events"] for row in answer["data"]] == [sum(len(some(hour)) for hour in hours(2))]
        process.send_signal(signal.SIGTERM)
        assert process.wait(GIVE_UP_SECONDS) == 0
    # Nothing was written but to the volume.
    assert _files(tmp_path) == before


def _files(folder: Path) -> list[Path]:
    """What the image brings."""
    return sorted(path for part in ("opt", "build") for path in (folder / part).rglob("*"))


def _given(folder: Path, place: Path, database: str, store: s3.S3Server) -> dict[str, dict[str, str]]:
    """The environment of each service, with the tests' servers in the place of the compose file's."""
    own, data = folder / "secrets", folder / "data"
    own.mkdir()
    data.mkdir()
    (own / "database_url").write_text(database)
    (own / "s3_secret").write_text(s3.SECRET_ACCESS_KEY)
    elsewhere = {
        "PATH": f"{place / 'bin'}:/usr/bin:/bin",
        "HOME": str(data),
        "FORGELAKE_HOME": str(data),
        "FORGELAKE_API_HOST": "127.0.0.1",
        "FORGELAKE_API_PORT": str(_free_port()),
        "FORGELAKE_STORAGE_ENDPOINT": store.endpoint,
        # A bucket that is not there yet, as in a new store.
        "FORGELAKE_STORAGE_URI": "s3://lake-of-compose/forgelake",
        "FORGELAKE_STORAGE_ACCESS_KEY_ID": s3.ACCESS_KEY_ID,
        "FORGELAKE_NOW": "2016-01-01T03:30:00Z",
    }
    return {name: {**environment(name, own), **elsewhere} for name in OURS}


@contextmanager
def _started(command: list[str | Path], given: dict[str, str], cwd: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, env=given, cwd=cwd, stderr=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _healthy(given: dict[str, str]) -> bool:
    return subprocess.run(image.health_check(), env=given, stderr=subprocess.DEVNULL, check=False).returncode == 0


def _until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + GIVE_UP_SECONDS
    while not happened():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.5)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])

"""The systemd units: verified by systemd itself, and hardened alike."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from forgelake.cli.main import app
from forgelake.settings import load
from tests.deploy.files import DEPLOY

UNITS = DEPLOY / "systemd"
SERVICES = sorted(UNITS.glob("*.service"))
PROGRAM = "/opt/forgelake/bin/forgelake"
# Seen of them as they are; a rise is a hardening lost.
MOST_EXPOSED = 2.0


def lines(path: Path, section: str = "Service") -> list[tuple[str, str]]:
    """The assignments of a section, in their order; systemd allows a name several times."""
    text = path.read_text(encoding="utf-8").partition(f"[{section}]\n")[2].partition("\n[")[0]
    return [(name, value) for name, value in re.findall(r"(?m)^(\w+)=(.*)$", text)]


def environment(path: Path) -> dict[str, str]:
    """What a unit sets, with systemd's folders in it."""
    words = [word for name, value in lines(path) if name == "Environment" for word in value.split()]
    given = dict(word.split("=", 1) for word in words)
    return {name: value.replace("%S", "/var/lib").replace("%d", "/run/credentials") for name, value in given.items()}


@pytest.fixture
def analyze(tmp_path: Path) -> tuple[str, dict[str, str], list[str]]:
    """systemd-analyze, where to find units that name a program which is there, and these units."""
    found = shutil.which("systemd-analyze")
    if found is None:
        pytest.skip("systemd-analyze is not installed")
    shutil.copytree(UNITS, tmp_path / "units")
    for unit in (tmp_path / "units").glob("*.service"):
        unit.write_text(unit.read_text().replace(PROGRAM, "/bin/true"))
    environ = {**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path / 'units'}:"}
    return found, environ, [str(tmp_path / "units" / path.name) for path in SERVICES]


def test_systemd_has_nothing_to_say_of_the_units(analyze: tuple[str, dict[str, str], list[str]]) -> None:
    program, environ, units = analyze
    ended = subprocess.run([program, "verify", "--man=no", *units], env=environ, capture_output=True, check=False)
    assert (ended.returncode, ended.stderr.decode()) == (0, "")


def test_a_service_is_hardly_exposed(analyze: tuple[str, dict[str, str], list[str]]) -> None:
    program, environ, units = analyze
    command = [program, "security", "--offline=true", f"--threshold={MOST_EXPOSED * 10:.0f}", *units]
    ended = subprocess.run(command, env=environ, capture_output=True, check=False)
    assert ended.returncode == 0, ended.stdout.decode()


@pytest.mark.parametrize("path", SERVICES, ids=[path.stem for path in SERVICES])
def test_a_unit_starts_a_command_with_settings_that_there_are(path: Path, tmp_path: Path) -> None:
    command = dict(lines(path))["ExecStart"].split()
    assert command[0] == PROGRAM
    app.parse_args(command[1:], exit_on_error=False, print_error=False)
    assert load(environment(path), tmp_path).home == Path("/var/lib/forgelake")


def test_the_drop_in_names_the_token_by_a_file(tmp_path: Path) -> None:
    drop_in = UNITS / "forgelake-worker.service.d" / "github.conf"
    assert load(environment(drop_in), tmp_path).github.token_file == "/run/credentials/github_token"


def test_both_units_run_as_one_user_with_the_same_hardening() -> None:
    first, second = ([line for line in lines(path) if line[0] != "ExecStart"] for path in SERVICES)
    assert first == second
    assert {("DynamicUser", "yes"), ("ProtectSystem", "strict"), ("NoNewPrivileges", "yes")} < set(first)

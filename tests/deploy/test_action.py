"""The GitHub Action: its files checked, and its own scripts run against a real remote repository."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from forgelake.app.jobs import JOBS
from forgelake.cli.main import app
from tests.cli.processes import clean_environ
from tests.deploy.files import DEPLOY, ROOT, check, document
from tests.pipelines.archive import hours, published, some
from tests.pipelines.lakes import QUICK

ACTION = document(ROOT / "action.yml")
INPUTS: dict[str, Any] = ACTION["inputs"]
STEPS: dict[str, Any] = {step["name"]: step for step in ACTION["runs"]["steps"] if "name" in step}
EVENTS = sum(len(some(hour)) for hour in hours(2))
WORKFLOW = DEPLOY / "github" / "lake.yml"


def git(*arguments: str, cwd: Path) -> str:
    return subprocess.run(["git", *arguments], cwd=cwd, check=True, capture_output=True, text=True).stdout.strip()


@dataclass
class Runner:
    """A machine that runs the action's steps, with nothing left of a former run."""

    folder: Path
    remote: Path
    values: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir()
        self.home = self.folder.parent / "lake"
        git("clone", "--quiet", str(self.remote), str(self.folder / "workspace"), cwd=self.folder)
        program = self.folder / "bin" / "forgelake"
        program.parent.mkdir()
        program.write_text(f"#!{sys.executable}\nfrom forgelake.cli.main import run\nrun()\n")
        program.chmod(0o755)

    def step(self, name: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a step as the action declares it; its outputs are there afterwards."""
        declared, output = STEPS[name], self.folder / "output"
        given = {key: self._filled(value) for key, value in declared["env"].items()}
        environ = {
            **clean_environ(QUICK),
            "GITHUB_WORKSPACE": str(self.folder / "workspace"),
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_OUTPUT": str(output),
            **given,
            **variables,
        }
        environ["PATH"] = f"{self.folder / 'bin'}{os.pathsep}{environ['PATH']}"
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", declared["run"]]
        ended = subprocess.run(command, cwd=self.folder, env=environ, capture_output=True, text=True, check=False)
        if output.exists():
            lines = dict(line.split("=", 1) for line in output.read_text().splitlines())
            self.values |= {f"steps.{declared['id']}.outputs.{key}": value for key, value in lines.items()}
            output.unlink()
        return ended

    def _filled(self, text: str) -> str:
        known = {f"inputs.{name}": str(given["default"]) for name, given in INPUTS.items()}
        known |= {"inputs.home": str(self.home), "inputs.repos": "", "inputs.github-token": ""} | self.values
        return re.sub(r"\$\{\{ ([\w.-]+) \}\}", lambda found: known[found[1]], text)


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    """The repository whose workflow runs."""
    work, bare = tmp_path / "work", tmp_path / "remote.git"
    git("init", "--quiet", "--initial-branch=main", str(work), cwd=tmp_path)
    identity = ("-c", "user.name=Test", "-c", "user.email=test@example.org")
    git(*identity, "commit", "--quiet", "--allow-empty", "--message=Begin", cwd=work)
    git("clone", "--quiet", "--bare", str(work), str(bare), cwd=tmp_path)
    return bare


def test_the_lake_goes_on_from_one_run_to_the_next(remote: Path, tmp_path: Path) -> None:
    given = {"FORGELAKE_GHARCHIVE_URLS": published(tmp_path / "hours", 1)}
    first = Runner(tmp_path / "first", remote)
    assert first.step("Fetch the lake").returncode == 0
    collected = first.step("Collect", **given, FORGELAKE_NOW="2016-01-01T02:30:00Z", JOBS="nonsense collect_gharchive")
    assert collected.returncode == 1
    assert "::error::failed: nonsense" in collected.stdout
    # What the other job brought is kept.
    assert first.step("Keep the lake").returncode == 0
    first.home.rename(tmp_path / "gone")

    second = Runner(tmp_path / "second", remote)
    assert second.step("Fetch the lake").returncode == 0
    published(tmp_path / "hours", 2)
    collected = second.step("Collect", **given, FORGELAKE_NOW="2016-01-01T03:30:00Z", JOBS="collect_gharchive")
    assert collected.returncode == 0, collected.stderr
    count = ["sql", "SELECT count(*) AS n FROM events", "--format", "csv"]
    environ = clean_environ({**QUICK, "FORGELAKE_HOME": str(second.home)})
    told = subprocess.run([second.folder / "bin" / "forgelake", *count], env=environ, capture_output=True, check=True)
    assert told.stdout.decode() == f"n\n{EVENTS}\n"

    assert second.step("Keep the lake").returncode == 0
    assert git("rev-list", "--count", "forgelake", cwd=remote) == "1"
    assert git("rev-list", "--count", "main", cwd=remote) == "1"
    # The first runner comes back, with a lake that somebody else has gone on with.
    second.home.rename(tmp_path / "newer")
    (tmp_path / "gone").rename(first.home)
    kept = git("rev-parse", "forgelake", cwd=remote)
    assert first.step("Keep the lake").returncode != 0
    assert git("rev-parse", "forgelake", cwd=remote) == kept


def test_a_branch_that_cannot_be_reached_is_no_empty_lake(remote: Path, tmp_path: Path) -> None:
    runner = Runner(tmp_path / "runner", remote)
    remote.rename(tmp_path / "elsewhere.git")
    assert runner.step("Fetch the lake").returncode != 0
    assert "steps.lake.outputs.commit" not in runner.values


def test_a_place_that_is_not_empty_is_left_alone(remote: Path, tmp_path: Path) -> None:
    runner = Runner(tmp_path / "runner", remote)
    runner.home.mkdir()
    (runner.home / "mine").touch()
    refused = runner.step("Fetch the lake")
    assert refused.returncode == 1
    assert "is not empty" in refused.stdout


def test_the_action_and_the_workflow_follow_their_schemas() -> None:
    check("check-jsonschema", "--builtin-schema", "vendor.github-actions", "action.yml")
    check("check-jsonschema", "--builtin-schema", "vendor.github-workflows", WORKFLOW)


def test_actionlint_has_nothing_to_say_of_the_workflow() -> None:
    check("actionlint", "-no-color", WORKFLOW)


def test_the_workflow_gives_inputs_that_there_are() -> None:
    (job,) = document(WORKFLOW)["jobs"].values()
    (own,) = (step for step in job["steps"] if "forgelake@" in step["uses"])
    assert set(own["with"]) <= set(INPUTS)


def test_inputs_reach_scripts_as_variables_only() -> None:
    """Text of others that stands in a script would be run."""
    assert all("${{" not in step["run"] for step in STEPS.values())


def test_the_page_has_every_input_with_its_meaning() -> None:
    page = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    rows = re.findall(r"(?m)^\| `([a-z-]+)` \| .* \| (.*) \|$", page)
    said = {name: meaning.casefold() for name, meaning in rows}
    assert said == {name: given["description"].casefold() for name, given in INPUTS.items()}


def test_commands_and_jobs_are_ones_that_there_are() -> None:
    assert set(INPUTS["jobs"]["default"].split()) <= set(JOBS)
    line = STEPS["Write the site"]["run"].replace('"', "").split()
    app.parse_args(line[1:], exit_on_error=False, print_error=False)

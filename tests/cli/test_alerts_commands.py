"""Alerts on the command line: how they stand, a check by hand, a test of channels."""

import json
from pathlib import Path

from tests.cli.conftest import Run
from tests.pipelines.archive import hours, published, some
from tests.servers.hooks import Hooks

SETTINGS = """
[alerts.busy]
kind = "threshold"
metric = "events"
parameters = { interval = "h" }
above = 5
to = ["team"]
[channels.team]
kind = "webhook"
url = "URL"
secret = "env:HOOK_SECRET"
"""


def test_a_person_sees_checks_and_tests(run: Run, tmp_path: Path) -> None:
    own = {
        "FORGELAKE_GHARCHIVE_URLS": published(tmp_path / "hours", 2),
        "FORGELAKE_NOW": "2016-01-01T03:30:00Z",
        "HOOK_SECRET": "only-we-know",
    }
    assert "no alert is set" in run("alerts", "list", **own).err
    assert run("alerts", "check", **own).code == 2
    with Hooks() as hooks:
        (tmp_path / "forgelake.toml").write_text(SETTINGS.replace("URL", hooks.url))
        assert run("alerts", "test", "busy", **own).err == "team: told\n"
        assert run("alerts", "test", "bussy", **own).code == 2
        run("run", "collect_gharchive", **own)
        checked = run("alerts", "check", "--format", "json", **own)
        assert checked.code == 0, checked.err
        [one], newest = json.loads(checked.out), len(some(hours(2)[-1]))
        assert (one["name"], one["state"], one["value"], one["waiting"]) == ("busy", "firing", newest, 0)
        assert [told["event"] for told in hooks.told()] == ["test", "firing"]
    tried = run("alerts", "test", "busy", **own)
    assert (tried.code, "its address failed" in tried.err) == (1, True)

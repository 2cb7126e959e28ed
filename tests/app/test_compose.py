"""Opening what the settings name, and what a process says on stderr."""

import json
from pathlib import Path

import pytest

from forgelake.app.compose import opened, s3_options
from forgelake.model.errors import ConfigurationError
from forgelake.settings.loading import load
from tests.cli.processes import Nursery
from tests.pipelines.archive import FIRST, published
from tests.pipelines.lakes import QUICK, Lake


def test_a_fresh_home_is_made_and_can_be_opened_again(tmp_path: Path) -> None:
    settings = load({"FORGELAKE_HOME": str(tmp_path / "a" / "b")}, tmp_path)
    for _ in range(2):
        with opened(settings) as context:
            assert list(context.state.ledger.all_rows()) == []
            assert [origin.name for origin in context.origins] == ["data.gharchive.org", "gharchive.open-digger.cn"]
    assert {path.name for path in (tmp_path / "a" / "b").iterdir()} >= {"state.db", "catalog.db", "lake", "scratch"}


def test_a_home_that_is_a_file_is_a_wrong_setting(tmp_path: Path) -> None:
    (tmp_path / "home").touch()
    environ = {"FORGELAKE_HOME": str(tmp_path / "home"), "FORGELAKE_STORAGE_URI": str(tmp_path / "lake")}
    with pytest.raises(ConfigurationError, match="scratch cannot be made"), opened(load(environ, tmp_path)):
        pass


def test_only_a_bucket_has_s3_options(tmp_path: Path) -> None:
    environ = {"FORGELAKE_STORAGE_ACCESS_KEY_ID": "key", "FORGELAKE_STORAGE_SECRET_ACCESS_KEY": "hidden"}
    assert s3_options(load(environ, tmp_path)) is None
    options = s3_options(load({**environ, "FORGELAKE_STORAGE_URI": "s3://bucket/x"}, tmp_path))
    assert options is not None
    assert (options.access_key_id, options.secret_access_key, options.endpoint) == ("key", "hidden", None)
    assert "hidden" not in repr(options)


def test_off_a_terminal_logs_are_json_lines(tmp_path: Path, nursery: Nursery) -> None:
    lake = Lake(tmp_path / "home", published(tmp_path / "hours", 1))
    period = ["collect", "gharchive", "--from", str(FIRST), "--to", str(FIRST.shifted(1))]
    result = nursery.run(period, {**lake.environ, "FORGELAKE_LOG_LEVEL": "info"}, tmp_path)
    *lines, report, gap = result.err.splitlines()
    told = [json.loads(line) for line in lines]
    assert {"event", "level", "timestamp"} <= set(told[0])
    missing = [line for line in told if line["event"] == "not received"]
    assert [line["status"] for line in missing] == ["missing"]
    assert report.startswith("2016-01-01T01 to 2016-01-01T02: 1 of 2 hours received")
    assert gap.startswith("gap 2016-01-01T02 to 2016-01-01T03: ")


def test_logs_can_be_text_or_quiet(tmp_path: Path, nursery: Nursery) -> None:
    lake = Lake(tmp_path / "home", published(tmp_path / "hours", 1))
    period = ["collect", "gharchive", "--from", str(FIRST), "--to", str(FIRST.shifted(1))]
    text = {**lake.environ, "FORGELAKE_LOG_LEVEL": "info", "FORGELAKE_LOG_FORMAT": "text"}
    assert "[info     ] not received" in nursery.run(period, text, tmp_path).err
    assert QUICK["FORGELAKE_LOG_LEVEL"] == "error"
    assert len(nursery.run(period, lake.environ, tmp_path).err.splitlines()) == 2

"""An event that the archive, a mirror and polls have is one row that names them all, whoever had it first."""

import itertools
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from forgelake.model.hours import Hour
from tests.pipelines.archive import publish
from tests.pipelines.lakes import Lake
from tests.pipelines.timelines import START, PassingTime, content, poll, watching
from tests.servers.github import GitHub, Json
from tests.servers.mirror import Fault

HOUR = Hour.containing(START)
LATER = {"FORGELAKE_NOW": "2026-09-07T00:00:00Z"}


def _events(github: GitHub, sample: Path | None) -> list[Json]:
    if sample is None:
        return [github.push(actor=f"actor-{number}") for number in range(20)]
    found: list[Json] = json.loads(max(sample.glob("*.json")).read_bytes())
    return [{**event, "created_at": f"{START:%Y-%m-%dT%H:%M:%SZ}"} for event in found]


@pytest.fixture(scope="module")
def answers(sample_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Real answers of a user's timeline, one file each."""
    return unpacked(sample_data, tmp_path_factory.mktemp("answers"))


def unpacked(sample_data: Path, folder: Path) -> Path:
    """The recorded polls as files, named by their time."""
    with tarfile.open(sample_data / "events-polls.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    return folder


def _assert_one_row_each(tmp_path: Path, events_of: Callable[[GitHub], list[Json]]) -> None:
    time = PassingTime()
    tables: list[list[dict[str, object]]] = []
    with GitHub(lambda: time.instant) as github:
        events = events_of(github)
        for name in ("archive", "mirror"):
            publish(tmp_path / name, {HOUR: events})
        urls = f"{(tmp_path / 'archive').as_uri()} {(tmp_path / 'mirror').as_uri()}"
        for order in itertools.permutations(("archive", "poll")):
            time.instant = START
            lake = watching(Lake(tmp_path / "-".join(order), urls), github)
            github.plan("/repos/octo/cat/events", Fault(body=json.dumps(events).encode(), status=200))
            for step in order:
                if step == "poll":
                    poll(lake, time)
                else:
                    lake.collect(HOUR, **LATER)
            assert len(lake.rows()) == len(events)
            assert {len(row["sources"]) for row in lake.rows()} == {3}
            assert {row["sources"][2].partition(":")[0] for row in lake.rows()} == {"github"}
            tables.append(content(lake))
    assert tables[0] == tables[1]


def test_made_events_are_one_row_each(tmp_path: Path) -> None:
    _assert_one_row_each(tmp_path, lambda github: _events(github, None))


def test_real_events_are_one_row_each(tmp_path: Path, answers: Path) -> None:
    _assert_one_row_each(tmp_path, lambda github: _events(github, answers))


def test_forty_real_answers_make_one_row_for_each_event(tmp_path: Path, answers: Path) -> None:
    time = PassingTime()
    bodies = [file.read_bytes() for file in sorted(answers.glob("*.json"))]
    with GitHub(lambda: time.instant) as github:
        (tmp_path / "hours").mkdir()
        lake = watching(Lake(tmp_path / "home", (tmp_path / "hours").as_uri()), github)
        github.plan("/repos/octo/cat/events", *(Fault(body=body, status=200) for body in bodies))
        polled = poll(lake, time, 60 * (len(bodies) - 1) + 30, FORGELAKE_GITHUB_COMMIT_SECONDS="3600")
    ids = {event["id"] for body in bodies for event in json.loads(body)}
    rows = lake.rows()
    assert sorted(str(row["id"]) for row in rows) == sorted(ids)
    assert {row["era"] for row in rows} == {"trimmed-2025"}
    assert polled.counters.rejected == 0
    assert all(len(row["sources"]) == 1 for row in rows)

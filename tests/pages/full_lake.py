"""A lake with something on every page: two days of invented events, and two weeks of three tracked repositories."""

import fcntl
import gzip
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from forgelake.model.hours import Hour
from forgelake.pipelines.daily.run import run_daily
from forgelake.pipelines.repos import snapshot, stars
from forgelake.pipelines.traffic import collect as traffic
from forgelake.sources.synthetic.archive import FOLDER, write_archive
from tests.pipelines.lakes import Lake
from tests.pipelines.timelines import PassingTime
from tests.servers.github_repos import Release
from tests.servers.github_traffic import TrafficGitHub, Visits

NOW = datetime(2026, 9, 21, 6, 20, tzinfo=UTC)
LAST = Hour.parse("2026-09-21T05")
HOURS, PER_HOUR = 52, 600
DAYS = 14
MISSED = 5
"""The day, counted from the first, on which nothing was collected."""

HOSTILE = "<img src=x onerror=alert(1)>/<b>'{{7*7}}"
"""What one of the busiest repositories is called."""

MAIN, OTHER, RENAMED = "synthetic-org-1/synthetic-repo-1", "synthetic-org-2/synthetic-repo-2", "octo/cat"
TOKEN = "secret"


def full_lake(folder: Path) -> Lake:
    """The lake in a folder; whoever asks first makes it, and the other processes of the same tests wait."""
    variables = {
        "FORGELAKE_NOW": f"{NOW:%Y-%m-%dT%H:%M:%SZ}",
        "FORGELAKE_GHARCHIVE_MISSING_AFTER_HOURS": "1",
        "FORGELAKE_GITHUB_REPOS": f"{MAIN} {OTHER} {RENAMED}",
        "FORGELAKE_GITHUB_TOPICS": "lake",
        "FORGELAKE_GITHUB_TOKEN": TOKEN,
    }
    archive, made = folder / FOLDER, folder / "made"
    lake = Lake(folder / "home", archive.as_uri(), variables)
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            _write_hours(archive)
            lake.collect(LAST.shifted(1 - HOURS), LAST)
            _collect_days(lake)
            made.touch()
    return lake


def _write_hours(archive: Path) -> None:
    write_archive(archive, LAST.shifted(1 - HOURS), LAST, PER_HOUR)
    hostile = json.dumps(HOSTILE).encode()
    for hour in archive.glob("*.json.gz"):
        text = gzip.decompress(hour.read_bytes())
        hour.write_bytes(gzip.compress(text.replace(b'"synthetic-org-8/synthetic-repo-80"', hostile)))


def _collect_days(lake: Lake) -> None:
    first = NOW.date() - timedelta(days=DAYS)
    time = PassingTime(_noon(first))
    with TrafficGitHub(time.now) as github:
        github.per_minute = 100_000
        _fill(github, first)
        for number in range(DAYS):
            day = first + timedelta(days=number)
            time.instant = _noon(day)
            _grow(github, day, number)
            if number == DAYS // 2:
                github.rename(RENAMED, "octo/tiger")
            if number != MISSED:
                _collect(lake, github, time)


def _collect(lake: Lake, github: TrafficGitHub, time: PassingTime) -> None:
    variables = {"FORGELAKE_GITHUB_API_URL": github.url, "FORGELAKE_NOW": f"{time.instant:%Y-%m-%dT%H:%M:%SZ}"}
    with lake.open(**variables) as context:
        for job in (snapshot.JOB, stars.JOB, traffic.JOB):
            run_daily(context, time, job)


def _fill(github: TrafficGitHub, first: date) -> None:
    for number, name in enumerate((MAIN, OTHER, RENAMED)):
        repo = github.repo(name)
        repo.stars, repo.forks = 30_000 - 9_000 * number, 2_000 - 500 * number
        repo.languages = {"Python": 90_000, "Rust": 21_000, "Shell": 4_000}
        repo.releases = [Release("v1.0.0", [1200, 300]), Release("v1.1.0", [700])]
        repo.star_days = {first - timedelta(days=day): 10 + (day * 7 + number) % 23 for day in range(1, 60)}
        repo.permission = "ADMIN"
        github.shown_to[repo.id] = {TOKEN}
        github.desk.referrers[repo.id] = {
            "github.com": (210, 90),
            "Google": (120, 80),
            "news.ycombinator.com": (64, 60),
        }
        github.desk.paths[repo.id] = {f"/{name}": (300, 120), f"/{name}/issues": (90, 40)}
    for number in range(30):
        other = github.repo(f"octo/topic-{number}")
        other.stars = 500 - number * 9
        other.languages = {("Python", "Go", "Rust")[number % 3]: 1}


def _grow(github: TrafficGitHub, day: date, number: int) -> None:
    for place, repo in enumerate(github.repos[:3]):
        given = 12 + (number * 5 + place) % 9
        repo.stars += given
        repo.star_days[day] = given
        repo.forks += number % 3
        repo.open_issues = 40 + (number * 3 + place) % 7
        views, clones = 120 + 11 * ((number + place) % 6), 20 + number % 5
        github.desk.visits[repo.id][day] = Visits(views, views // 3, clones, clones // 2)


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)

"""Archives of github-repo-stats imported: merged by the rules of traffic days, once, and made again from landing."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from forgelake.model.errors import UsageError
from forgelake.pipelines.traffic.imported import Imported, import_traffic, rebuild_imports
from forgelake.sources.repo_stats.packing import Repository
from tests.pipelines.lakes import Lake

HEADER = "time_iso8601,clones_total,clones_unique,views_total,views_unique\n"
DAYS = "SELECT traffic_day, views, view_uniques, clones, clone_uniques, is_final FROM traffic_days ORDER BY 1"


def archive(folder: Path, *lines: str) -> Path:
    """An archive whose aggregate has some lines."""
    folder.mkdir()
    text = HEADER + "".join(f"{line}\n" for line in lines)
    (folder / "views_clones_aggregate.csv").write_text(text, encoding="utf-8")
    return folder


def imported(lake: Lake, folder: Path, repo: str = "octo/cat", repo_id: int | None = 7) -> Imported:
    with lake.open() as context:
        return import_traffic(context, folder, repo, lambda name: Repository(name, repo_id))


def test_days_of_an_archive_are_there_with_their_provenance(lake: Lake, tmp_path: Path) -> None:
    folder = archive(tmp_path / "a", "2021-11-01 00:00:00+00:00,2,1,9,4", "2021-11-24 00:00:00+00:00,26,9,99,20")
    imported(lake, folder)
    assert lake.query(DAYS) == [
        (date(2021, 11, 1), 9, 4, 2, 1, True),
        (date(2021, 11, 24), 99, 20, 26, 9, False),
    ]
    ((source, repo_id, name),) = lake.query("SELECT DISTINCT source, repo_id, repo_name FROM traffic_days")
    assert (repo_id, name) == (7, "octo/cat")
    assert source.startswith("github-repo-stats:octo/cat/")
    ((path, status),) = lake.query("SELECT path, status FROM slices")
    assert status == "received"
    assert lake.objects("landing/github-repo-stats") == [path, f"{path}.receipt.json"]


def test_the_same_archive_again_changes_nothing(lake: Lake, tmp_path: Path) -> None:
    folder = archive(tmp_path / "a", "2021-11-01 00:00:00+00:00,2,1,9,4")
    assert not imported(lake, folder).known
    assert imported(lake, folder).known
    assert lake.query("SELECT count(*) FROM slices") == [(1,)]
    assert lake.query(DAYS) == [(date(2021, 11, 1), 9, 4, 2, 1, False)]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_archives_that_overlap_give_the_highest_in_any_order(
    lake: Lake, tmp_path: Path, order: tuple[int, ...]
) -> None:
    folders = (
        archive(tmp_path / "a", "2021-11-01 00:00:00+00:00,2,1,9,4", "2021-11-02 00:00:00+00:00,1,1,5,2"),
        archive(tmp_path / "b", "2021-11-02 00:00:00+00:00,3,1,4,3", "2021-11-09 00:00:00+00:00,0,0,1,1"),
    )
    for number in order:
        imported(lake, folders[number])
    assert lake.query(DAYS) == [
        (date(2021, 11, 1), 9, 4, 2, 1, False),
        (date(2021, 11, 2), 5, 3, 3, 1, True),
        (date(2021, 11, 9), 1, 1, 0, 0, False),
    ]


def test_lines_that_cannot_be_read_become_rejects_with_their_bytes(lake: Lake, tmp_path: Path) -> None:
    folder = archive(tmp_path / "a", "2021-11-01 00:00:00+00:00,2,1,9,4", "2021-11-02 00:00:00+00:00,x,1,5,2")
    imported(lake, folder)
    sql = "SELECT line, reason, CAST(bytes AS VARCHAR), scope FROM rejects"
    ((line, reason, text, scope),) = lake.query(sql)
    assert (line, scope) == (3, "object")
    assert reason.startswith("views_clones_aggregate.csv: could not convert")
    assert text.startswith("2021-11-02")


def test_an_archive_without_a_single_day_is_refused(lake: Lake, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="could be read as traffic: no lines"):
        imported(lake, archive(tmp_path / "a"))


def test_rebuild_makes_the_same_rows_from_landing_alone(lake: Lake, tmp_path: Path) -> None:
    imported(lake, archive(tmp_path / "a", "2021-11-01 00:00:00+00:00,2,1,9,4", "2021-11-24 00:00:00+00:00,y,9,99,20"))
    before = [lake.query(DAYS), lake.query("SELECT * EXCLUDE (source) FROM rejects")]
    for path in (*lake.home.glob("state.db*"), *lake.home.glob("catalog.db*")):
        path.unlink()
    with lake.open() as context:
        counters = rebuild_imports(context, date(2021, 1, 1), date(2021, 12, 31))
    assert (counters.slices_done, counters.events, counters.rejected) == (1, 1, 1)
    assert [lake.query(DAYS), lake.query("SELECT * EXCLUDE (source) FROM rejects")] == before


def test_the_real_archive_comes_in_whole(lake: Lake, sample_data: Path) -> None:
    folder = sample_data / "traffic"
    if not folder.is_dir():
        pytest.skip(f"no archive of github-repo-stats in {folder}")
    imported(lake, folder, "jgehrcke/covid-19-germany-gae", None)
    sql = """
        SELECT count(*), min(traffic_day), max(traffic_day), sum(views), sum(clones), count(*) FILTER (is_final)
        FROM traffic_days"""
    lines = (folder / "A" / "views_clones_aggregate.csv").read_text(encoding="utf-8").splitlines()[1:]
    values = [line.split(",") for line in lines]
    views, clones = (sum(int(line[column]) for line in values) for column in (3, 1))
    assert lake.query(sql) == [(359, date(2020, 12, 1), date(2021, 11, 24), views, clones, 356)]
    sql = "SELECT rank, referrer, views, view_uniques FROM traffic_referrers WHERE taken_at = $at ORDER BY rank LIMIT 2"
    with lake.open() as context, context.lake.now().session() as session:
        taken_at = datetime(2021, 11, 8, 23, 18, 24, tzinfo=UTC)
        top = session.run(sql, {"at": taken_at}).read_all().to_pylist()
    assert top == [
        {"rank": 1, "referrer": "Google", "views": 92, "view_uniques": 34},
        {"rank": 2, "referrer": "github.com", "views": 68, "view_uniques": 22},
    ]
    assert lake.query("SELECT count(DISTINCT taken_at) FROM traffic_paths") == [(29,)]
    assert lake.query("SELECT count(*) FROM rejects") == [(0,)]

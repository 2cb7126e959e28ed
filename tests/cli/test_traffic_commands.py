"""``forgelake collect traffic``, ``import traffic`` and ``export traffic``."""

import csv
import io
from datetime import UTC, date, datetime
from pathlib import Path

from tests.cli.conftest import Run
from tests.servers.github import GitHub
from tests.servers.github_traffic import TrafficGitHub, Visits

LINES = """time_iso8601,clones_total,clones_unique,views_total,views_unique
2021-11-01 00:00:00+00:00,2,1,9,4
2021-11-24 00:00:00+00:00,26,9,99,20
"""
NO_GITHUB = {"FORGELAKE_GITHUB_API_URL": "http://127.0.0.1:9", "FORGELAKE_HTTP_ATTEMPTS": "1"}


def archive(folder: Path, lines: str = LINES) -> str:
    """An archive with an aggregate; its path."""
    folder.mkdir()
    (folder / "views_clones_aggregate.csv").write_text(lines, encoding="utf-8")
    return str(folder)


def test_traffic_is_collected_and_a_missing_permission_named_once(run: Run) -> None:
    with TrafficGitHub(lambda: datetime(2026, 5, 2, 20, tzinfo=UTC)) as github:
        cat = github.repo("octo/cat")
        github.repo("octo/dog")
        github.shown_to[cat.id] = {"secret"}
        github.desk.visits[cat.id][date(2026, 5, 1)] = Visits(10, 5, 4, 2)
        settings = {
            "FORGELAKE_GITHUB_API_URL": github.url,
            "FORGELAKE_GITHUB_REPOS": "octo/cat octo/dog",
            "FORGELAKE_GITHUB_TOKEN": "secret",
            "FORGELAKE_NOW": "2026-05-02T20:00:00Z",
        }
        first = run("collect", "traffic", **settings)
        assert (first.code, "octo/dog: no token may read its traffic (403)" in first.err) == (0, True)
        second = run("collect", "traffic", **settings)
        assert (second.code, "octo/dog" in second.err) == (0, False)
        assert second.err.startswith("0 slices landed with 0 requests")
    rows = run("sql", "SELECT traffic_day, views, is_final FROM traffic_days", "--format", "csv")
    assert rows.out.splitlines() == ["traffic_day,views,is_final", "2026-05-01,8,false"]
    asked = ("--from", "2026-05-01", "--to", "2026-05-03", "--repo", "octo/cat", "--format", "csv")
    answer = run("metrics", "run", "traffic_views", *asked, FORGELAKE_NOW="2026-05-02T21:00:00Z")
    assert answer.out.splitlines()[1:] == ['"2026-05-01T00:00:00Z",8,1']
    wide = run("metrics", "run", "traffic_unique_visitors", *asked, "--interval", "w")
    assert (wide.code, "it should be one of d (day)" in wide.err) == (2, True)


def test_traffic_needs_repositories_and_a_token(run: Run) -> None:
    nothing = run("collect", "traffic", **NO_GITHUB)
    assert (nothing.code, "github.repos and owners" in nothing.err) == (2, True)
    nobody = run("collect", "traffic", FORGELAKE_GITHUB_REPOS="octo/cat", **NO_GITHUB)
    assert (nobody.code, "without a token" in nobody.err) == (2, True)


def test_an_archive_is_imported_once_under_the_id_that_github_tells(run: Run, github: GitHub, tmp_path: Path) -> None:
    repo, folder = github.repo("octo/cat"), archive(tmp_path / "a")
    first = run("import", "traffic", folder, "--repo", "octo/cat", FORGELAKE_GITHUB_API_URL=github.url)
    assert (first.code, first.err) == (0, "octo/cat: 2 days and 0 snapshots, 2021-11-01 to 2021-11-24\n")
    again = run("import", "traffic", folder, "--repo", "octo/cat", FORGELAKE_GITHUB_API_URL=github.url)
    assert (again.code, again.err) == (0, "this archive of octo/cat is in the lake already; nothing was changed\n")
    assert len(github.requests) == 1
    rows = run("sql", "SELECT repo_id, traffic_day, views FROM traffic_days ORDER BY 2", "--format", "csv")
    assert rows.out.splitlines() == ["repo_id,traffic_day,views", f"{repo.id},2021-11-01,9", f"{repo.id},2021-11-24,99"]


def test_what_is_imported_of_a_private_repository_is_not_exported_unasked(
    run: Run, github: GitHub, tmp_path: Path
) -> None:
    repo = github.repo("octo/secret")
    repo.private, repo.readers = True, {"secret"}
    known = {"FORGELAKE_GITHUB_API_URL": github.url, "FORGELAKE_GITHUB_TOKEN": "secret"}
    assert run("import", "traffic", archive(tmp_path / "a"), "--repo", "octo/secret", **known).code == 0
    done = run("export", "traffic", "--to", "out")
    assert "views.csv: 0 rows" in done.err
    assert "left out because they are not public (see --private): octo/secret" in done.err


def test_an_archive_can_be_imported_where_github_cannot_be_reached(run: Run, tmp_path: Path) -> None:
    done = run("import", "traffic", archive(tmp_path / "a"), "--repo", "octo/cat", **NO_GITHUB)
    assert done.code == 0
    assert "its id could not be found out" in done.err
    rows = run("sql", "SELECT repo_name, sum(views) AS views FROM traffic_days GROUP BY 1", "--format", "csv")
    assert rows.out.splitlines() == ["repo_name,views", "octo/cat,108"]


def test_lines_that_cannot_be_read_are_told_with_their_place(run: Run, tmp_path: Path) -> None:
    folder = archive(tmp_path / "a", LINES + "2021-11-25 00:00:00+00:00,-1,9,99,20\n")
    done = run("import", "traffic", folder, "--repo", "octo/cat", "--repo-id", "7")
    assert done.code == 3
    assert 'refused: views_clones_aggregate.csv:4: "-1" is no count' in done.err


def test_wrong_use_is_told(run: Run, tmp_path: Path) -> None:
    folder = archive(tmp_path / "a")
    assert run("import", "traffic", folder, "--repo", "cat", "--repo-id", "7").code == 2
    (tmp_path / "empty").mkdir()
    nothing = run("import", "traffic", str(tmp_path / "empty"), "--repo", "octo/cat", "--repo-id", "7")
    assert nothing.code == 2
    assert "name the folder ghrs-data" in nothing.err
    ftp = run("export", "traffic", "--to", "ftp://somewhere")
    assert (ftp.code, "s3://bucket/prefix" in ftp.err) == (2, True)


def test_traffic_is_exported_into_a_folder(run: Run, tmp_path: Path) -> None:
    run("import", "traffic", archive(tmp_path / "a"), "--repo", "octo/cat", "--repo-id", "7")
    done = run("export", "traffic", "--to", "out", "--format", "csv", "--repo", "octo/cat")
    assert done.code == 0
    assert f"{(tmp_path / 'out').as_uri()}/views.csv: 2 rows" in done.err
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out" / "views.csv").read_text(encoding="utf-8"))))
    assert [row["views"] for row in rows] == ["9", "99"]
    assert run("export", "traffic", "--to", "out", "--repo", "octo/dog").code == 2


def test_rebuild_makes_imported_rows_again(run: Run, tmp_path: Path) -> None:
    run("import", "traffic", archive(tmp_path / "a"), "--repo", "octo/cat", "--repo-id", "7")
    for path in (tmp_path / "forgelake-data").glob("*.db*"):
        path.unlink()
    done = run("rebuild")
    assert done.code == 0
    assert "1 imported archive" in done.err
    assert run("sql", "SELECT count(*) AS n FROM traffic_days", "--format", "csv").out == "n\n2\n"

"""Settings are taken from the right place, and everything wrong is told at once with its place."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from forgelake.model.errors import ConfigurationError
from forgelake.model.hours import Hour
from forgelake.settings import load


def write(folder: Path, text: str, name: str = "forgelake.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def problem(environ: dict[str, str], cwd: Path, overrides: dict[str, object] | None = None) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load(environ, cwd, overrides)
    return str(caught.value)


def test_without_anything_given_the_defaults_lie_under_the_working_folder(tmp_path: Path) -> None:
    settings = load({}, tmp_path)
    home = tmp_path / "forgelake-data"
    assert settings.home == home
    assert settings.storage.uri == (home / "lake").as_uri()
    assert settings.state.url == f"sqlite:///{home}/state.db"
    assert settings.catalog.url == f"sqlite:///{home}/catalog.db"
    assert settings.gharchive.urls == ("https://data.gharchive.org/", "https://gharchive.open-digger.cn/")
    assert settings.gharchive.unite_from == Hour.parse("2026-09-06T00")


def test_flags_win_over_variables_and_variables_over_the_file(tmp_path: Path) -> None:
    write(tmp_path, "[gharchive]\nworkers = 1\nbaseline_days = 1\nask_again_hours = 1\n")
    environ = {"FORGELAKE_GHARCHIVE_WORKERS": "2", "FORGELAKE_GHARCHIVE_BASELINE_DAYS": "2"}
    gharchive = load(environ, tmp_path, {"gharchive.workers": 3, "gharchive.baseline_days": None}).gharchive
    assert (gharchive.workers, gharchive.baseline_days, gharchive.ask_again_hours) == (3, 2, 1)


def test_a_value_may_stand_in_a_file_that_a_variable_names(tmp_path: Path) -> None:
    path = write(tmp_path, "postgresql://lake:secret@db/lake\n", "state_url")
    assert (
        load({"FORGELAKE_STATE_URL_FILE": str(path)}, tmp_path).state.url == "postgresql+psycopg://lake:secret@db/lake"
    )


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({"FORGELAKE_STATE_URL_FILE": "none"}, "the file none cannot be read: No such file"),
        ({"FORGELAKE_STATE_URL_FILE": "/dev/null"}, "the file /dev/null is empty"),
        ({"FORGELAKE_STATE_URL_FILE": "none", "FORGELAKE_STATE_URL": "x"}, "FORGELAKE_STATE_URL is set too"),
        ({"FORGELAKE_STATE_URI_FILE": "none"}, "variable FORGELAKE_STATE_URI_FILE is no setting"),
    ],
)
def test_a_file_that_holds_no_value_is_told(environ: dict[str, str], told: str, tmp_path: Path) -> None:
    assert told in problem(environ, tmp_path)


def test_a_wrong_value_in_a_file_is_told_without_its_password(tmp_path: Path) -> None:
    path = write(tmp_path, "mysql://lake:secret@db/lake", "state_url")
    told = problem({"FORGELAKE_STATE_URL_FILE": str(path)}, tmp_path)
    assert f"file {path} of variable FORGELAKE_STATE_URL_FILE" in told
    assert "secret" not in told


def test_a_named_file_is_read_instead_of_the_one_in_the_working_folder(tmp_path: Path) -> None:
    write(tmp_path, "[sql]\nthreads = 1\n")
    write(tmp_path, "[sql]\nthreads = 2\n", "other.toml")
    assert load({"FORGELAKE_CONFIG": "other.toml"}, tmp_path).sql.threads == 2


def test_a_named_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert f"{tmp_path}/none.toml cannot be read: No such file" in problem({"FORGELAKE_CONFIG": "none.toml"}, tmp_path)


@pytest.mark.parametrize(
    ("text", "place"),
    [("[sql]\nthreads = = 3\n", "line 2, column 11: not TOML"), ('home = "x', "line 1, column 10: not TOML")],
)
def test_a_syntax_error_is_told_with_file_line_and_column(tmp_path: Path, text: str, place: str) -> None:
    path = write(tmp_path, text)
    assert f"{path}, {place}" in problem({}, tmp_path)


def test_a_file_that_is_not_utf_8_is_told(tmp_path: Path) -> None:
    (tmp_path / "forgelake.toml").write_bytes(b'home = "\xff"\n')
    assert "is not UTF-8: byte 8" in problem({}, tmp_path)


def test_an_unknown_key_is_told_with_its_line_and_the_nearest_and_all_good_ones(tmp_path: Path) -> None:
    path = write(tmp_path, "\n[sql]\nthread = 3\n")
    told = problem({}, tmp_path)
    assert f'{path}, line 3: [sql] has no key "thread"; did you mean "threads"?' in told
    assert "its keys are memory_mb, threads, timeout_seconds" in told


def test_an_unknown_section_is_told_with_its_line(tmp_path: Path) -> None:
    path = write(tmp_path, "[sqll]\nthreads = 3\n")
    assert f'{path}, line 1: there is no key or section "sqll"; did you mean "sql"?' in problem({}, tmp_path)


def test_a_section_that_is_no_table_is_told(tmp_path: Path) -> None:
    write(tmp_path, "sql = 3\n")
    assert '"sql" is a section; write [sql] and its keys below' in problem({}, tmp_path)


def test_an_unknown_variable_is_told_with_the_nearest_and_those_of_its_section(tmp_path: Path) -> None:
    told = problem({"FORGELAKE_GHARCHIVE_URL": "x"}, tmp_path)
    assert 'variable FORGELAKE_GHARCHIVE_URL is no setting; did you mean "FORGELAKE_GHARCHIVE_URLS"?' in told
    assert "those of its section are FORGELAKE_GHARCHIVE_ASK_AGAIN_HOURS, " in told
    assert "FORGELAKE_STORAGE_URI" not in told
    told = problem({"FORGELAKE_FOO": "1"}, tmp_path)
    assert told.startswith(
        "variable FORGELAKE_FOO is no setting; unset it or change its name; docs/settings.md explains"
    )


def test_an_unknown_flag_is_told(tmp_path: Path) -> None:
    assert 'flag: [sql] has no key "thread"' in problem({}, tmp_path, {"sql.thread": 3})


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    write(tmp_path, 'nope = 1\n[sql]\nthreads = "many"\n')
    told = problem({"FORGELAKE_NOPE": "1", "FORGELAKE_LOG_LEVEL": "loud"}, tmp_path, {"http.attempts": 0})
    assert told.startswith("5 settings are wrong")
    assert all(part in told for part in ("line 1", "line 3", "FORGELAKE_NOPE", "FORGELAKE_LOG_LEVEL", "flag: http.att"))


def test_a_bad_value_is_told_with_place_value_and_what_is_good(tmp_path: Path) -> None:
    path = write(tmp_path, "[sql]\nthreads = -3\n")
    told = problem({}, tmp_path)
    assert f"{path}, line 2: sql.threads = -3 is wrong: it should be greater than or equal to 0" in told
    assert "0 means one per core" in told


@pytest.mark.parametrize("value", ["true", "1.5", '"x"', "[1]"])
def test_a_number_takes_neither_true_nor_text_nor_a_fraction(tmp_path: Path, value: str) -> None:
    write(tmp_path, f"[sql]\nthreads = {value}\n")
    assert "sql.threads" in problem({}, tmp_path)


def test_an_endless_number_is_refused(tmp_path: Path) -> None:
    assert "http.timeout_seconds" in problem({"FORGELAKE_HTTP_TIMEOUT_SECONDS": "inf"}, tmp_path)


def test_an_empty_variable_counts_as_not_set(tmp_path: Path) -> None:
    settings = load({"FORGELAKE_NOW": "", "FORGELAKE_SQL_THREADS": " ", "FORGELAKE_CONFIG": ""}, tmp_path)
    assert settings == load({}, tmp_path)


def test_reserved_and_foreign_variables_change_nothing(tmp_path: Path) -> None:
    environ = {"FORGELAKE_TEST_DATA": "/x", "PATH": "/bin", "forgelake_home": "x"}
    assert load(environ, tmp_path) == load({}, tmp_path)


def test_the_home_moves_everything_under_it(tmp_path: Path) -> None:
    settings = load({"FORGELAKE_HOME": "a/../b c"}, tmp_path)
    assert settings.home == tmp_path / "b c"
    assert settings.storage.uri == f"file://{tmp_path}/b%20c/lake"
    assert settings.state.url == f"sqlite:///{tmp_path}/b c/state.db"


def test_an_empty_home_is_refused(tmp_path: Path) -> None:
    write(tmp_path, 'home = ""\n')
    assert 'home = "" is wrong: name a folder' in problem({}, tmp_path)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-09-06T12:00:00", datetime(2026, 9, 6, 12, tzinfo=UTC)),
        ("2026-09-06T12:00:00Z", datetime(2026, 9, 6, 12, tzinfo=UTC)),
        ("2026-09-06T12:00:00+02:00", datetime(2026, 9, 6, 10, tzinfo=UTC)),
    ],
)
def test_the_clock_stands_still_where_now_is_set(tmp_path: Path, text: str, instant: datetime) -> None:
    settings = load({"FORGELAKE_NOW": text}, tmp_path)
    assert settings.clock() == instant
    assert settings.clock().utcoffset() == timedelta(0)


def test_the_clock_runs_where_now_is_not_set(tmp_path: Path) -> None:
    before = datetime.now(UTC)
    assert before <= load({}, tmp_path).clock() <= datetime.now(UTC)


@pytest.mark.parametrize("text", ["2026", "1789000000", "soon"])
def test_a_number_is_no_instant(tmp_path: Path, text: str) -> None:
    assert "write an ISO instant like" in problem({"FORGELAKE_NOW": text}, tmp_path)


@pytest.mark.parametrize("written", ['"2025-01-01T05"', "2025-01-01T05:00:00Z", "2025-01-01T06:30:00+01:00"])
def test_an_hour_may_be_text_or_an_instant(tmp_path: Path, written: str) -> None:
    write(tmp_path, f"[gharchive]\nunite_from = {written}\n")
    assert load({}, tmp_path).gharchive.unite_from == Hour.parse("2025-01-01T05")


def test_a_wrong_hour_is_told(tmp_path: Path) -> None:
    assert '"later" is not an hour' in problem({"FORGELAKE_GHARCHIVE_UNITE_FROM": "later"}, tmp_path)


def test_words_may_be_written_in_capitals(tmp_path: Path) -> None:
    assert load({"FORGELAKE_LOG_LEVEL": "WARNING"}, tmp_path).log.level == "warning"


def test_settings_cannot_be_changed_afterwards(tmp_path: Path) -> None:
    settings = load({}, tmp_path)
    with pytest.raises(ValueError, match="frozen"):
        settings.sql.threads = 3  # pyrefly: ignore[read-only]


def test_no_workers_given_means_one_per_core(tmp_path: Path) -> None:
    assert load({}, tmp_path).gharchive.worker_count >= 1
    assert load({}, tmp_path, {"gharchive.workers": 7}).gharchive.worker_count == 7


def test_the_token_is_named_in_the_file_and_never_stands_there(tmp_path: Path) -> None:
    file = tmp_path / "forgelake.toml"
    file.write_text('[github]\ntoken = "ghp_1"\n')
    with pytest.raises(ConfigurationError, match=r"line 2: github\.token must not stand in a file") as refused:
        load({}, tmp_path)
    assert "ghp_1" not in str(refused.value)
    file.write_text('[github]\ntoken_env = "OTHER"\ntoken_file = "token"\n')
    assert load({}, tmp_path).github.token.get_secret_value() == ""
    assert load({}, tmp_path).github.token_file == str(tmp_path / "token")
    named = {"OTHER": "named"}
    assert load(named, tmp_path).github.token.get_secret_value() == "named"
    assert load({**named, "FORGELAKE_GITHUB_TOKEN": "own"}, tmp_path).github.token.get_secret_value() == "own"


def test_tracked_names_are_lists_or_text_and_each_counts_once(tmp_path: Path) -> None:
    (tmp_path / "forgelake.toml").write_text('[github]\nrepos = ["Octo/Cat", "a/b", "octo/cat"]\n')
    assert load({}, tmp_path).github.repos == ("Octo/Cat", "a/b")
    assert load({"FORGELAKE_GITHUB_USERS": "mona  dependabot[bot]"}, tmp_path).github.users == (
        "mona",
        "dependabot[bot]",
    )


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("REPOS", "octocat"), ("REPOS", "a/b/c"), ("REPOS", "a/.."), ("REPOS", "a/b?x=1"), ("ORGS", "a/b"),
        ("USERS", "../x"), ("EVENTS", "some"), ("API_URL", "ftp://x"),
    ],
)  # fmt: skip
def test_names_that_github_cannot_have_are_refused(tmp_path: Path, variable: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=variable):
        load({f"FORGELAKE_GITHUB_{variable}": value}, tmp_path)

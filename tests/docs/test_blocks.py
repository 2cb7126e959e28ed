"""The blocks of code in the pages below docs/ work as they stand there; the README's have tests of their own."""

import re
import shlex
from datetime import UTC, datetime
from pathlib import Path

import pytest

from forgelake.cli.main import app
from forgelake.cv.profile import profile_from_toml
from forgelake.metrics.answer import answer_from
from forgelake.metrics.binding import bind
from forgelake.metrics.case_lake import case_lake
from forgelake.metrics.catalogue import Catalogue
from forgelake.settings.loading import load

ROOT = Path(__file__).parents[2]
PAGES = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
TEXTS = [page.read_text() for page in PAGES]
BLOCKS = [found for text in TEXTS for found in re.findall(r"(?ms)^```(\w*)\n(.*?)^```", text)]
INDENTED = [block for text in TEXTS for block in re.findall(r"(?m)^    (forgelake .*)$", text)]
LINES = sorted({line for block in (*(block for _, block in BLOCKS), *INDENTED) for line in block.splitlines()
                if line.startswith("forgelake ")})  # fmt: skip
TOML = [block for language, block in BLOCKS if language == "toml"]
PROFILES = [block for block in TOML if "headline" in block]
NOW = datetime(2026, 11, 1, tzinfo=UTC)


def words(line: str) -> list[str]:
    found = shlex.split(line, comments=True)
    return found[1 : found.index(">")] if ">" in found else found[1:]


@pytest.mark.parametrize("line", LINES)
def test_a_command_line_is_one_that_the_program_takes(line: str) -> None:
    # A title such as `forgelake sql "SELECT …"` of an output runs over several lines.
    if line.count('"') % 2 == 0:
        app.parse_args(words(line), exit_on_error=False, print_error=False)


@pytest.mark.parametrize("line", [line for line in LINES if line.startswith("forgelake sql ") and line.count('"') > 1])
def test_a_query_runs(line: str) -> None:
    query = next(word for word in words(line)[1:] if " " in word)
    with case_lake([], []) as snapshot, snapshot.session() as session:
        assert session.run(query).read_all().column_names


@pytest.mark.parametrize("line", [line for line in LINES if line.startswith("forgelake metrics run ")])
def test_a_metric_can_be_asked_so(line: str) -> None:
    name, *options = words(line)[2:]
    given = dict(zip((option.removeprefix("--") for option in options[::2]), options[1::2], strict=True))
    # How it is shown, and where it is computed, is no part of the question.
    for other in ("format", "engine"):
        given.pop(other, None)
    bound = bind(Catalogue.load().get(name), given, NOW)
    with case_lake([], []) as snapshot:
        assert answer_from(snapshot, bound, NOW).columns


@pytest.mark.parametrize("block", PROFILES, ids=range(len(PROFILES)))
def test_a_profile_is_one_that_can_be_written(block: str) -> None:
    assert profile_from_toml(block).headline


@pytest.mark.parametrize("block", [block for block in TOML if block not in PROFILES])
def test_settings_are_ones_that_there_are(block: str, tmp_path: Path) -> None:
    (tmp_path / "forgelake.toml").write_text(block)
    # Tokens are named by variables and files that only a test has to make up.
    names = dict.fromkeys(("MY_GITHUB_TOKEN", "OTHER_TOKEN", "TEAM_WEBHOOK"), "secret")
    assert load(names, tmp_path)

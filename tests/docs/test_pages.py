"""The pages that people read say what the code does."""

import importlib.machinery
import importlib.util
import re
from pathlib import Path
from types import ModuleType

from cyclopts import App

from forgelake.cli.main import app

ROOT = Path(__file__).parents[2]


def script(name: str) -> ModuleType:
    loader = importlib.machinery.SourceFileLoader(name.replace("-", "_"), str(ROOT / "scripts" / name))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def commands(app: App, *above: str) -> set[str]:
    names = {name for name in app if not name.startswith("-")}
    found: set[str] = set()
    for name in names:
        below = commands(app[name], *above, name)
        found |= below or {" ".join((*above, name))}
    return found


def test_the_page_of_tables_is_the_one_that_the_declarations_make() -> None:
    made = script("tables-page").page()
    assert (ROOT / "docs" / "tables.md").read_text() == made, "run: make docs"


def test_the_page_of_metrics_is_the_one_that_the_library_makes() -> None:
    made = script("metrics-page").page()
    assert (ROOT / "docs" / "metrics.md").read_text() == made, "run: make docs"


def test_the_page_of_engines_is_the_one_that_the_dialects_make() -> None:
    made = script("engines-page").page()
    assert (ROOT / "docs" / "engines.md").read_text() == made, "run: make docs"


def test_the_page_of_what_aws_costs_is_the_one_that_measurements_and_prices_make() -> None:
    made = script("aws-cost-page").page()
    assert (ROOT / "docs" / "aws-cost.md").read_text() == made, "run: make docs"


def test_every_command_is_shown_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    missing = {
        command for command in commands(app) if not re.search(rf"(forgelake|make) {re.escape(command)}\b", readme)
    }
    assert not missing


def test_links_between_pages_lead_somewhere() -> None:
    pages = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    broken = [
        (page.name, target)
        for page in pages
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text())
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert not broken

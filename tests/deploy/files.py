"""Reading deployment files, and the programs that check them."""

import shutil
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"


def documents(path: Path) -> Iterator[Any]:
    """The YAML documents of a file."""
    yield from yaml.safe_load_all(path.read_text(encoding="utf-8"))


def document(path: Path) -> Any:
    """The only YAML document of a file."""
    (only,) = documents(path)
    return only


def check(program: str, *arguments: str | Path, cwd: Path = ROOT) -> None:
    """Have a program of the test environment look at files; what it finds fails the test."""
    beside = Path(sysconfig.get_path("scripts")) / program
    found = str(beside) if beside.exists() else shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not installed")
    ended = subprocess.run([found, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr

"""The image's own steps without an engine: its files, its environment, its commands."""

import json
import re
import shutil
import subprocess
import sys
import venv
from fnmatch import fnmatch
from pathlib import Path

from tests.deploy.files import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
PLACE = "/opt/forgelake"
JOINED = DOCKERFILE.replace("\\\n", " ")


def health_check() -> list[str]:
    """The words of HEALTHCHECK."""
    found = re.search(r"(?m)^HEALTHCHECK .*CMD (\[.*\])$", JOINED)
    assert found
    words: list[str] = json.loads(found[1])
    return words


def variables() -> dict[str, str]:
    """What ENV sets."""
    found = re.search(r"(?m)^ENV (.*)$", JOINED)
    assert found
    return dict(word.split("=", 1) for word in found[1].split())


def copied() -> set[str]:
    """What COPY takes from the build context."""
    lines = [line.split()[1:-1] for line in JOINED.splitlines() if line.startswith("COPY ") and "--from" not in line]
    return {name for line in lines for name in line}


def let_in(name: str) -> bool:
    """Whether .dockerignore leaves a name of the top folder in the build context."""
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    inside = True
    for rule in rules:
        if fnmatch(name, rule.removeprefix("!")):
            inside = rule.startswith("!")
    return inside


def installed(folder: Path) -> Path:
    """The environment of the build stage, made by its own lines.

    Third-party packages are those of the tests, by reference: their lock is what the tests were installed from.
    """
    place, context = folder / "opt", folder / "build"
    context.mkdir()
    for name in sorted(copied()):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, context / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, context / name)
    venv.create(place, with_pip=False)
    packages = next((place / "lib").glob("python*/site-packages"))
    beside = [path for path in sys.path if path.endswith("-packages")]
    (packages / "of-the-tests.pth").write_text("\n".join(beside), encoding="utf-8")
    line = re.search(r"(?m)^RUN pip (.*--no-deps.*)$", JOINED)
    assert line
    words = line[1].replace(PLACE, str(place)).split()
    # None but its own: pip keeps settings and a cache in the home folder.
    clean = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    subprocess.run([*_pip(), *words], cwd=context, env=clean, check=True, capture_output=True)
    return place


def _pip() -> list[str]:
    """pip as it comes with Python."""
    bundled = Path(sys.base_prefix, "lib", f"python{sys.version_info.major}.{sys.version_info.minor}", "ensurepip")
    wheels = [*bundled.glob("_bundled/pip-*.whl"), *Path("/usr/share/python-wheels").glob("pip-*.whl")]
    assert wheels, "Python's ensurepip is not installed (Debian: python3-venv)"
    return [sys.executable, f"{wheels[0]}/pip"]

"""A new metric from a template that passes its own test, so that every step after it starts from something whole."""

import re
from importlib.resources import files
from pathlib import Path

from forgelake.metrics.cases import ENDING
from forgelake.metrics.catalogue import LIBRARY
from forgelake.metrics.definition import NAME
from forgelake.model.errors import UsageError


def create(name: str, folder: Path) -> tuple[Path, Path]:
    """Write a definition and its test file; returns where they are.

    Raises:
        UsageError: the name is none for a metric, forgelake's own library has it, or a file of that name exists.
    """
    if re.fullmatch(NAME, name) is None:
        message = f'"{name}" is no name for a metric; use small letters, digits and _, e.g. stars_by_week'
        raise UsageError(message)
    if (LIBRARY / f"{name}.yaml").exists():
        message = f"forgelake itself has a metric {name}; choose another name"
        raise UsageError(message)
    made = (folder / f"{name}.yaml", folder / f"{name}{ENDING}")
    if taken := next((path for path in made if path.exists()), None):
        message = f"{taken} exists; choose another name"
        raise UsageError(message)
    folder.mkdir(parents=True, exist_ok=True)
    for path, template in zip(made, ("template.yaml", f"template{ENDING}"), strict=True):
        text = files("forgelake.metrics").joinpath(template).read_text(encoding="utf-8")
        path.write_text(text.replace("NAME", name), encoding="utf-8")
    return made

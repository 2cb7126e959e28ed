"""The section [metrics] of forgelake.toml."""

from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, ValidationInfo

from forgelake.settings.sections import Section
from forgelake.settings.urls import absolute
from forgelake.settings.values import cwd_of


def _folder(value: object, info: ValidationInfo) -> object:
    if value is None or value == "":
        return None
    return absolute(Path(value), cwd_of(info)) if isinstance(value, str | Path) else value


class MetricsSettings(Section):
    """Which metrics there are."""

    folder: Annotated[Path | None, BeforeValidator(_folder)] = Field(
        None, description="folder with definitions of your own, beside forgelake's; empty means none"
    )

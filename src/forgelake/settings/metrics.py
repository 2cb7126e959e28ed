"""The section [metrics] of forgelake.toml."""

from pydantic import Field

from forgelake.settings.sections import Section
from forgelake.settings.values import FolderOrNone


class MetricsSettings(Section):
    """Which metrics there are."""

    folder: FolderOrNone = Field(
        None, description="folder with definitions of your own, beside forgelake's; empty means none"
    )

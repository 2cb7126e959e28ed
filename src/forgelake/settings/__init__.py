"""What the person chose: forgelake.toml, then FORGELAKE_* variables, then flags."""

from forgelake.settings.loading import load
from forgelake.settings.root import Settings
from forgelake.settings.urls import masked

__all__ = ["Settings", "load", "masked"]

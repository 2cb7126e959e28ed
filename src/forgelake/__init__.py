"""forgelake: one lake for what code forges forget and hide."""

__version__ = "0.1.0"

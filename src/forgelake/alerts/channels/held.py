"""Secrets of channels, read from the place that the settings name when they are needed."""

from pathlib import Path

from forgelake.model.errors import ConfigurationError
from forgelake.settings.tracking import TokenReference


def held(reference: TokenReference | None) -> str:
    """A secret; empty where none is named.

    Raises:
        ConfigurationError: its file cannot be read, or is empty.
    """
    if reference is None:
        return ""
    if secret := reference.secret.get_secret_value():
        return secret
    try:
        secret = Path(reference.file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        message = f"{reference.file} cannot be read: {reason}"
        raise ConfigurationError(message) from error
    if not secret:
        message = f"{reference.file} is empty; it has to hold the secret"
        raise ConfigurationError(message)
    return secret

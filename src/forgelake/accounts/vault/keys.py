"""Where the key is: in AWS KMS, in a variable, or in a file; the first of them encrypts, all of them decrypt."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from forgelake.accounts.vault.kms import KmsKey
from forgelake.accounts.vault.sealing import LocalKey, Sealer, new_key
from forgelake.model.errors import ConfigurationError
from forgelake.settings.vault import VaultSettings
from forgelake.state.vault import Sealed

_OWNER_ONLY: Final = 0o600
_VARIABLE: Final = "FORGELAKE_VAULT_KEY"


class Keys:
    """All keys that the settings name, read anew each time: another process may have replaced one."""

    def __init__(self, settings: VaultSettings) -> None:
        self._file = Path(settings.key_file)
        self._given = settings.key.get_secret_value().split()
        self._kms = settings.kms_key

    @property
    def in_file(self) -> bool:
        """Whether the key that encrypts is the file's."""
        return not self._kms and not self._given

    def sealer(self, *, fresh: bool) -> Sealer:
        """The key that encrypts; a file is made if there is none and nothing was encrypted yet (``fresh``).

        Raises:
            ConfigurationError: there is no key, or something else in its place.
        """
        if not (known := self._all()) and fresh:
            self._write([new_key()])
            known = self._all()
        if not known:
            message = (
                f"tokens are kept, but their key is not there: neither vault.kms_key nor {_VARIABLE} is set, and there "
                f"is no file {self._file} (vault.key_file); put the key back"
            )
            raise ConfigurationError(message)
        return known[0]

    def opener(self, sealed: Sealed) -> Sealer:
        """The key that a token was encrypted under.

        Raises:
            ConfigurationError: it is not among those that the settings name.
        """
        for key in self._all():
            if key.id == sealed.key_id or (isinstance(key, KmsKey) and sealed.wrapped_key is not None):
                return key
        message = (
            f"a token is kept under the key {sealed.key_id}, which is neither in {_VARIABLE} nor in the file "
            f"{self._file} (vault.key_file), nor is it vault.kms_key; put the key back, or remove and add the token"
        )
        raise ConfigurationError(message)

    def prepend_new(self) -> None:
        """Put a new key first into the file."""
        self._write([new_key(), *self._lines()])

    def keep_only_first(self) -> None:
        """Forget the file's other keys."""
        self._write(self._lines()[:1])

    def _all(self) -> list[Sealer]:
        kms: list[Sealer] = [KmsKey(self._kms)] if self._kms else []
        given = [LocalKey.read(text, _VARIABLE) for text in self._given]
        held = [LocalKey.read(text, f"the file {self._file} (vault.key_file)") for text in self._lines()]
        return [*kms, *given, *held]

    def _lines(self) -> list[str]:
        return _careful(self._file, self._file.read_text).split() if self._file.exists() else []

    def _write(self, keys: list[str]) -> None:
        """All or nothing, and readable by nobody else from the first byte on."""

        def write() -> str:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            part = self._file.with_name(f".{self._file.name}.{os.getpid()}")
            part.unlink(missing_ok=True)
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY), "w") as file:
                file.write("".join(f"{key}\n" for key in keys))
                file.flush()
                os.fsync(file.fileno())
            part.replace(self._file)
            return ""

        _careful(self._file, write)


def _careful(file: Path, act: Callable[[], str]) -> str:
    try:
        return act()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        message = f"the file {file} (vault.key_file) cannot be used: {reason}"
        raise ConfigurationError(message) from error

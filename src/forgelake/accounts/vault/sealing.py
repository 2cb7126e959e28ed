"""AES-256-GCM, bound to the row: what is moved to another row does not open there.

The identity of the row is the associated data of its ciphertext (NIST SP 800-38D), so a token cannot be handed to
another account, nor sent to another address, by whoever can write to the database.
"""

import base64
import binascii
import hashlib
import json
import secrets
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from forgelake.model.errors import ConfigurationError, StopError
from forgelake.state.vault import Sealed

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_ID_DIGITS: Final = 12


class Sealer(Protocol):
    """A key, wherever it is."""

    @property
    def id(self) -> str:
        """The key's name, which tells nothing of the key."""
        ...

    def seal(self, secret: str, identity: bytes) -> Sealed:
        """Encrypt."""
        ...

    def open(self, sealed: Sealed, identity: bytes) -> str:
        """Decrypt; raises StopError when it is not what was encrypted for that identity."""
        ...


class LocalKey:
    """A key of ours: 32 bytes."""

    def __init__(self, key: bytes) -> None:
        self._aead = AESGCM(key)
        self.id = hashlib.sha256(b"forgelake vault key " + key).hexdigest()[:_ID_DIGITS]

    @classmethod
    def read(cls, text: str, place: str) -> "LocalKey":
        """A key as it is written: base64, either alphabet.

        Raises:
            ConfigurationError: it is none; the text is not repeated.
        """
        try:
            key = base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
        except (ValueError, binascii.Error):
            key = b""
        if len(key) != KEY_BYTES:
            message = (
                f"{place} holds no key: it must be {KEY_BYTES} bytes in base64; make one by: openssl rand -base64 32"
            )
            raise ConfigurationError(message)
        return cls(key)

    def seal(self, secret: str, identity: bytes) -> Sealed:
        """Encrypt under a nonce of its own."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return Sealed(self.id, base64.b64encode(nonce + self._aead.encrypt(nonce, secret.encode(), identity)).decode())

    def open(self, sealed: Sealed, identity: bytes) -> str:
        """Decrypt.

        Raises:
            StopError: it was changed, or belongs to another row.
        """
        try:
            raw = base64.b64decode(sealed.sealed, validate=True)
            return self._aead.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], identity).decode()
        except (InvalidTag, ValueError):
            message = (
                "a kept token does not open: its row was changed, or moved from another; remove it and add it again"
            )
            raise StopError(message) from None


def new_key() -> str:
    """A random key as it is written."""
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def identity(row_id: str, account: str, forge: str, url: str) -> bytes:
    """What a ciphertext is bound to."""
    return json.dumps(["forgelake vault 1", row_id, account, forge, url]).encode()

"""AWS KMS: every token has a key of its own, which KMS encrypts and decrypts (envelope encryption).

The row's identity goes along as encryption context, so KMS, too, refuses what was moved, and its log names the row.
"""

import base64
from typing import Any, Final

from forgelake.accounts.vault.sealing import KEY_BYTES, LocalKey
from forgelake.model.errors import ConfigurationError, RetryError, StopError
from forgelake.state.vault import Sealed

_ARN_PARTS: Final = 6
_WRONG: Final = frozenset({"InvalidCiphertextException", "IncorrectKeyException"})


class KmsKey:
    """A key that never leaves KMS; boto3 finds credentials, region and endpoint as AWS's own tools do."""

    def __init__(self, name: str) -> None:
        """Args: ``name`` is an ARN, an id or an alias."""
        self.id = name

    def seal(self, secret: str, identity: bytes) -> Sealed:
        """Encrypt under a new key of its own.

        Raises:
            ConfigurationError: KMS refuses, or boto3 is not installed.
            RetryError: KMS does not answer.
        """
        made = self._ask(
            "generate_data_key", KeyId=self.id, NumberOfBytes=KEY_BYTES, EncryptionContext=_context(identity)
        )
        sealed = LocalKey(made["Plaintext"]).seal(secret, identity)
        return Sealed(self.id, sealed.sealed, base64.b64encode(made["CiphertextBlob"]).decode())

    def open(self, sealed: Sealed, identity: bytes) -> str:
        """Decrypt.

        Raises:
            StopError: it was changed, or belongs to another row.
            ConfigurationError: as ``seal`` does.
            RetryError: as ``seal`` does.
        """
        blob = base64.b64decode(sealed.wrapped_key or "")
        plain = self._ask("decrypt", CiphertextBlob=blob, EncryptionContext=_context(identity))["Plaintext"]
        return LocalKey(plain).open(sealed, identity)

    def _ask(self, action: str, **arguments: object) -> dict[str, Any]:
        try:
            import boto3
            from botocore.exceptions import BotoCoreError, ClientError
        except ModuleNotFoundError as error:
            message = 'vault.kms_key needs the AWS client; install "forgelake[aws]"'
            raise ConfigurationError(message) from error
        parts = self.id.split(":")
        try:
            client = boto3.client("kms", region_name=parts[3] if len(parts) >= _ARN_PARTS else None)
            answer: dict[str, Any] = getattr(client, action)(**arguments)
            return answer
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in _WRONG:
                message = "AWS KMS does not open a kept token: its row was changed, or moved from another; add it again"
                raise StopError(message) from None
            message = f"AWS KMS refuses the key {self.id} (vault.kms_key): {code}"
            raise ConfigurationError(message) from None
        except BotoCoreError as error:
            message = f"AWS KMS cannot be asked: {error}"
            raise RetryError(message) from error


def _context(identity: bytes) -> dict[str, str]:
    return {"forgelake": identity.decode()}

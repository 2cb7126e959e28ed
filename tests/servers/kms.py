"""A stateful fake of AWS KMS over real HTTP: data keys that open only with the key and context that made them."""

import base64
import json
import secrets

from tests.servers.github_http import Reply, Request, Served


class Kms(Served):
    """The fake; ``keys`` are the ids that exist."""

    def __init__(self) -> None:
        super().__init__()
        self.keys = {"alias/forgelake"}
        self._made: dict[bytes, tuple[bytes, dict[str, str]]] = {}

    def reply(self, request: Request) -> Reply:
        """One of the two actions."""
        action = request.headers["x-amz-target"].removeprefix("TrentService.")
        asked = json.loads(request.body)
        return self._make(asked) if action == "GenerateDataKey" else self._decrypt(asked)

    def _make(self, asked: dict[str, object]) -> Reply:
        if asked["KeyId"] not in self.keys:
            return _refused("NotFoundException")
        blob, plain = secrets.token_bytes(64), secrets.token_bytes(int(str(asked["NumberOfBytes"])))
        context = asked["EncryptionContext"]
        assert isinstance(context, dict)
        self._made[blob] = (plain, context)
        return _told(200, {"KeyId": asked["KeyId"], "Plaintext": _text(plain), "CiphertextBlob": _text(blob)})

    def _decrypt(self, asked: dict[str, object]) -> Reply:
        plain, context = self._made.get(base64.b64decode(str(asked["CiphertextBlob"])), (b"", None))
        if context != asked["EncryptionContext"]:
            return _refused("InvalidCiphertextException")
        return _told(200, {"KeyId": "alias/forgelake", "Plaintext": _text(plain)})


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _refused(code: str) -> Reply:
    return _told(400, {"__type": code, "message": "refused"})


def _told(status: int, body: dict[str, object]) -> Reply:
    return Reply(status, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(body).encode())

"""Where default branches point, asked without git and without a clone: one small request for each repository.

``git ls-remote`` takes two requests and a process. The second version of the protocol lets the first be left out, and
names what is wanted: HEAD alone, whatever the repository holds.
"""

from collections.abc import Iterator
from typing import Final

from forgelake.model.errors import SkipError
from forgelake.sources.git.faults import not_let_in
from forgelake.sources.git.isolation import Remote
from forgelake.sources.git.process import Git
from forgelake.transport.exchange import ApiClient

_OK, _UNAUTHORIZED = 200, 401
_DELIMITER, _FLUSH = b"0001", b"0000"
_HEADERS: Final = {
    "Content-Type": "application/x-git-upload-pack-request",
    "Accept": "application/x-git-upload-pack-result",
    "Git-Protocol": "version=2",
}
_ATTEMPTS: Final = 2


def head_of(client: ApiClient, git: Git, remote: Remote) -> str | None:
    """The commit of a repository's default branch; None where it holds none.

    Raises:
        ConfigurationError, RetryError, SkipError: as ``Git.run``; git is asked where the short way gives no answer.
    """
    headers = dict(_HEADERS)
    if remote.credentials is not None:
        name, _, value = remote.credentials.header().partition(": ")
        headers[name] = value
    said = client.ask("POST", f"{remote.url}/git-upload-pack", headers, attempts=_ATTEMPTS, body=_question())
    if said.status == _OK:
        try:
            return _head(said.body)
        except (ValueError, SkipError):
            pass
    if said.status == _UNAUTHORIZED and remote.credentials is not None:
        raise not_let_in(remote)
    answer = git.run(["ls-remote", "--quiet", "--", remote.url, "HEAD"], remote=remote).decode("ascii", "replace")
    return answer.split()[0] if answer.strip() else None


def _question() -> bytes:
    return _line(b"command=ls-refs\n") + _DELIMITER + _line(b"ref-prefix HEAD\n") + _FLUSH


def _line(text: bytes) -> bytes:
    return b"%04x" % (len(text) + 4) + text


def _head(answer: bytes) -> str | None:
    for line in _lines(answer):
        commit, _, reference = line.rstrip(b"\n").partition(b" ")
        if reference == b"HEAD":
            return commit.decode("ascii")
    return None


def _lines(answer: bytes) -> Iterator[bytes]:
    """The lines up to the end mark.

    Raises:
        ValueError, SkipError: it is no such answer.
    """
    at = 0
    while (size := int(answer[at : at + 4], 16)) > 3:  # noqa: PLR2004 - below are marks
        line = answer[at + 4 : at + size]
        if line.startswith(b"ERR "):
            message = "the server does not answer this question"
            raise SkipError(message)
        yield line
        at += size

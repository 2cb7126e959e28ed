"""What git says when it fails, as errors that say what to do."""

from collections.abc import Sequence
from typing import Final

from forgelake.model.errors import ConfigurationError, ForgelakeError, RetryError, SkipError
from forgelake.sources.git.isolation import Remote

_MOST_SHOWN: Final = 200


class GitError(SkipError):
    """Git ended with a fault that has no name here; asking in another way may help."""


class NotThereError(SkipError):
    """There is no repository at the address, or none that may be read, or it leads elsewhere."""


class NotLetInError(ConfigurationError):
    """The server does not know the token, or asks for one."""


REFUSED: Final = ("not our ref", "filter '", "filtering not")
MOVED: Final = ("error: 301", "error: 302", "error: 303", "error: 307", "error: 308")
TOO_LARGE: Final = ("file size limit", "file too large", "exceeds maximum", "died of signal 25", "invalid index-pack")
NOT_THERE: Final = ("not found", "does not appear to be a git repository", "error: 404", "not a git repository")
NOT_LET_IN: Final = ("could not read username", "could not read password", "authentication failed", "error: 401")
FORBIDDEN: Final = ("error: 403",)
UNREACHED: Final = (
    "could not resolve", "failed to connect", "timed out", "connection", "early eof", "rpc failed", "http/2",
    "error: 5", "error: 429", "operation too slow", "unable to access",
)  # fmt: skip


def fault(said: str, code: int, remote: Remote | None) -> ForgelakeError:
    """The error for what git said, in English, when it ended with a code other than 0."""
    text, last = said.lower(), _last_line(said)
    where = remote.url if remote is not None else "the repository"

    def has(words: Sequence[str]) -> bool:
        return any(word in text for word in words)

    if has(REFUSED):
        found: ForgelakeError = GitError(f"{where} does not give what was asked for: {last}")
    elif has(MOVED):
        found = NotThereError(f"{where} leads elsewhere, and a token must not follow; give its present address")
    elif has(TOO_LARGE):
        found = SkipError(f"{where} did not come whole: it is larger than git.max_mb allows, or damaged")
    elif remote is not None and has(NOT_LET_IN):
        found = not_let_in(remote)
    elif has(NOT_THERE + FORBIDDEN):
        found = NotThereError(f"{where} is no repository, or the token may not read it")
    elif remote is not None and has(UNREACHED):
        found = RetryError(f"{where} cannot be reached: {last}")
    else:
        found = GitError(f"{where}: git failed ({code}): {last}")
    return found


def not_let_in(remote: Remote) -> NotLetInError:
    """The error for a server that answers 401."""
    token = "refuses the token" if remote.credentials else "asks for a token; name one with --token-env"
    return NotLetInError(f"{remote.url} {token}")


def _last_line(text: str) -> str:
    """The last fault that git tells."""
    lines = [line for line in text.splitlines() if line.startswith(("fatal:", "error:"))] or text.splitlines()
    return lines[-1].strip()[:_MOST_SHOWN] if lines else "it says nothing"

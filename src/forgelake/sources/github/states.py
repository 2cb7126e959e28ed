"""What becomes of a repository between two days. Pure.

A repository keeps its id through renames and transfers; a name may come to belong to another one.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final

from forgelake.sources.github.answer import BLOCKED, FORBIDDEN, NOT_FOUND
from forgelake.sources.github.said import Said

AVAILABLE, PRIVATE, MISSING, BLOCKED_STATE = "available", "private", "missing", "blocked"
RENAMED, TRANSFERRED = "renamed", "transferred"
_GONE: Final = 410
_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a repository: its name, its owner's id, whether it can be seen, and by whom."""

    name: str
    owner_id: str | None
    state: str
    visibility: str | None

    def as_json(self) -> dict[str, Any]:
        """As the state keeps it."""
        return asdict(self)


def changes(repo_id: int, before: Known | None, now: Known, detail: str = "") -> Iterator[dict[str, Any]]:
    """Rows of ``repo_states`` for what has changed; of a repository that is seen for the first time, its state."""
    base = {"repo_id": repo_id, "repo_name": now.name, "visibility": now.visibility, "detail": detail or None}
    if before is not None and before.name != now.name:
        moved = None not in (before.owner_id, now.owner_id) and before.owner_id != now.owner_id
        yield {**base, "state": TRANSFERRED if moved else RENAMED, "former_name": before.name}
    if before is None or before.state != now.state:
        yield {**base, "state": now.state, "former_name": None}


def seen(name: str, owner_id: str | None, visibility: str | None) -> Known:
    """What is known of a repository that can be seen."""
    return Known(name, owner_id, AVAILABLE if visibility in ("public", None) else PRIVATE, visibility)


def verdict(said: Said) -> tuple[str, str] | None:
    """The state, and the reason for people, that an answer without a repository tells; None if it tells nothing."""
    message = _message(said)
    if said.status == BLOCKED or (said.status == FORBIDDEN and "blocked" in message.lower()):
        return BLOCKED_STATE, f"GitHub has blocked it ({said.status}): {message}"
    if said.status in (NOT_FOUND, _GONE):
        return MISSING, f"GitHub does not show it ({said.status}): deleted, or private to these tokens"
    return None


def _message(said: Said) -> str:
    try:
        told = said.json()
        block = told.get("block") or {}
        reason = ", ".join(str(block[key]) for key in ("reason", "created_at", "html_url") if block.get(key))
        text = f"{told.get('message', '')}{f' ({reason})' if reason else ''}"
    except (ValueError, AttributeError):
        text = said.body[:_SHOWN].decode(errors="replace")
    return "".join(sign for sign in text[:_SHOWN] if sign.isprintable())

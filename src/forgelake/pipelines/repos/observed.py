"""What was seen of a repository on one day."""

from dataclasses import dataclass, field
from typing import Any

from forgelake.sources.github.said import Said
from forgelake.state.repos import RepoRow


@dataclass(frozen=True, slots=True)
class Observed:
    """A repository that can be seen.

    Attributes:
        row: what is to be remembered of it.
        owner_id: its owner's id.
        answers: what GitHub said, each with its role in the snapshot.
        notes: what the snapshot's rows need beside the answers.
    """

    row: RepoRow
    owner_id: str | None
    answers: tuple[tuple[str, Said], ...]
    notes: dict[str, Any] = field(default_factory=dict)

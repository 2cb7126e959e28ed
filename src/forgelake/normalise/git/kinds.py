"""What a commit is for, by the first line of its message: Conventional Commits 1.0.0, and what people write for it."""

import re
from typing import Final, NamedTuple

from forgelake.model.commits import CommitKind

WORDS: Final = {
    CommitKind.FEAT: ("feat", "feats", "feature", "features"),
    CommitKind.FIX: ("fix", "fixes", "fixed", "bugfix", "hotfix"),
    CommitKind.DOCS: ("doc", "docs", "documentation"),
    CommitKind.TEST: ("test", "tests", "testing"),
    CommitKind.CI: ("ci", "cd"),
    CommitKind.REFACTOR: ("refactor", "refactors", "refactoring"),
}
"""The types of each kind; all others, ``chore`` and ``build`` among them, are ``other``."""

_KIND_OF: Final = {word: kind for kind, words in WORDS.items() for word in words}
_HEAD: Final = re.compile(r"\s*([A-Za-z]+)\s*(?:\([^()]*\))?(!?)\s*:\s")
_REVERT: Final = re.compile(r'\s*revert(:|\s+")', re.IGNORECASE)


class Purpose(NamedTuple):
    """A commit's kind, and whether it announces a break."""

    kind: CommitKind
    is_breaking: bool


def purpose(subject: str) -> Purpose:
    """The kind of a commit with that first line; a revert is ``other``, whatever it takes back."""
    # Most subjects have no colon at all.
    found = _HEAD.match(subject + " ") if ":" in subject else None
    if found is None or _REVERT.match(subject):
        return Purpose(CommitKind.OTHER, is_breaking=False)
    return Purpose(_KIND_OF.get(found[1].lower(), CommitKind.OTHER), found[2] == "!")

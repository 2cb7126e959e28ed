"""First lines of messages, as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgelake.model.commits import CommitKind
from forgelake.normalise.git.kinds import purpose


@pytest.mark.parametrize(
    ("subject", "kind", "breaking"),
    [
        ("feat: a button", "feat", False),
        ("feat(ui)!: another one", "feat", True),
        ("Fix(core): it", "fix", False),
        ("bugfix: it", "fix", False),
        ("docs:", "docs", False),
        ("tests: more", "test", False),
        ("ci(actions): faster", "ci", False),
        ("refactor!: names", "refactor", True),
        ("chore: versions", "other", False),
        ("perf: faster", "other", False),
        ("fixed the thing", "other", False),
        ("fix:no space is no type", "other", False),
        ("https://example.org: gone", "other", False),
        ('Revert "feat: a button"', "other", False),
        ("revert: feat: a button", "other", False),
        ("", "other", False),
    ],
)
def test_kinds(subject: str, kind: str, breaking: bool) -> None:
    assert purpose(subject) == (CommitKind(kind), breaking)


@given(st.text())
def test_every_text_has_a_kind(subject: str) -> None:
    assert purpose(subject).kind in CommitKind

"""Cards that are kept: answered as they were, made anew behind the caller's back, and never lost to a fault."""

import threading
from pathlib import Path

import pytest

from forgelake.model.errors import RetryError, UsageError
from forgelake.pages.kept import KeptCards, Make


def told(text: bytes, mark: str = "a") -> tuple[str, Make]:
    return mark, lambda: text


def settled(cards: KeptCards) -> None:
    """Wait for what is being made."""
    for future in list(cards._making.values()):
        future.exception(10)


def refused() -> tuple[str, Make]:
    message = "the bucket does not answer"
    raise RetryError(message)


def test_what_is_kept_is_not_made_again(tmp_path: Path) -> None:
    cards = KeptCards(tmp_path / "cards")
    assert cards.card("k", lambda: told(b"one")) == b"one"
    assert cards.card("k", lambda: told(b"two")) == b"one"
    assert KeptCards(tmp_path / "cards").card("k", lambda: told(b"two")) == b"one", "another process has it, too"


def test_an_old_one_is_answered_at_once_and_the_next_one_gets_a_new_one(tmp_path: Path) -> None:
    cards = KeptCards(tmp_path)
    cards.card("k", lambda: told(b"one"))
    may_go = threading.Event()

    def slowly() -> bytes:
        assert may_go.wait(10)
        return b"two"

    assert cards.card("k", lambda: ("b", slowly)) == b"one"
    assert cards.card("k", lambda: ("b", slowly)) == b"one"
    may_go.set()
    settled(cards)
    assert cards.card("k", lambda: told(b"three", "b")) == b"two"


def test_the_last_good_one_outlives_a_lake_that_cannot_be_read(tmp_path: Path) -> None:
    cards = KeptCards(tmp_path)
    with pytest.raises(RetryError):
        cards.card("k", refused)
    cards.card("k", lambda: told(b"one"))
    assert cards.card("k", refused) == b"one"


def test_one_that_cannot_be_made_anew_stays_as_it_was(tmp_path: Path) -> None:
    cards = KeptCards(tmp_path)
    cards.card("k", lambda: told(b"one"))

    def fails() -> bytes:
        message = "it took too long"
        raise RetryError(message)

    assert cards.card("k", lambda: ("b", fails)) == b"one"
    settled(cards)
    assert cards.card("k", lambda: told(b"two", "b")) == b"one"
    settled(cards)
    assert cards.card("k", lambda: told(b"three", "b")) == b"two"


def test_a_wrong_question_is_refused_and_not_kept(tmp_path: Path) -> None:
    def wrong() -> bytes:
        message = "no such column"
        raise UsageError(message)

    cards = KeptCards(tmp_path)
    with pytest.raises(UsageError):
        cards.card("k", lambda: ("a", wrong))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_damaged_file_is_made_again(tmp_path: Path) -> None:
    cards = KeptCards(tmp_path)
    cards.card("k", lambda: told(b"one"))
    for path in tmp_path.rglob("*"):
        if path.is_file():
            path.write_bytes(b"\xff\x00 not ours")
    assert cards.card("k", lambda: told(b"two")) == b"two"


def test_there_are_never_many_more_than_allowed(tmp_path: Path) -> None:
    cards = KeptCards(tmp_path, most=20)
    for number in range(60):
        cards.card(f"{number}", lambda: told(b"x"))
    assert 10 <= sum(path.is_file() for path in tmp_path.rglob("*")) <= 21

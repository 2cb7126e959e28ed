"""Two readers of one history: every commit once, in whichever order threads run, and nothing left running."""

import threading
from collections.abc import Generator
from threading import Semaphore

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forgelake.sources.git.ends import End, read


def numbers(many: int, end: End) -> Generator[int, None, None]:
    yield from range(many) if end is End.NEWEST else reversed(range(many))


@given(st.integers(0, 200), st.integers(0, 2))
def test_each_item_is_taken_once_and_from_each_end_in_its_order(many: int, cores: int) -> None:
    taken: dict[End, list[int]] = {End.NEWEST: [], End.OLDEST: []}
    seen, spare = set[int](), Semaphore(cores)

    def take(item: int, end: End) -> bool:
        if item in seen:
            return False
        seen.add(item)
        taken[end].append(item)
        return True

    read(lambda end: numbers(many, end), take, spare)
    assert taken[End.NEWEST] + taken[End.OLDEST][::-1] == list(range(many))
    assert cores or not taken[End.OLDEST]
    assert all(spare.acquire(blocking=False) for _ in range(cores))


@pytest.mark.parametrize("cores", [0, 1])
def test_enough_is_enough_for_both(cores: int) -> None:
    taken, closed = list[int](), list[End]()

    def items(end: End) -> Generator[int, None, None]:
        try:
            yield from numbers(1000, end)
        finally:
            closed.append(end)

    def take(item: int, _: End) -> bool:
        taken.append(item)
        return len(taken) < 10

    read(items, take, Semaphore(cores))
    assert len(taken) == 10
    assert len(closed) == 1 + cores


@pytest.mark.parametrize("broken", list(End))
def test_what_one_reader_raises_stops_the_other(broken: End) -> None:
    raised, spare = threading.Event(), Semaphore(1)

    def items(end: End) -> Generator[int, None, None]:
        if end is broken:
            raised.set()
            raise LookupError
        raised.wait(10)
        number = 0
        while True:
            yield (number := number + 1)

    with pytest.raises(LookupError):
        read(items, lambda *_: True, spare)
    assert spare.acquire(blocking=False)

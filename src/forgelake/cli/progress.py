"""Progress on stderr: a bar on a terminal, quiet structured lines elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import structlog
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

if TYPE_CHECKING:
    from forgelake.pipelines.collect import Progress
    from forgelake.pipelines.polls.poller import Tally

LINE_EVERY_SECONDS = 10.0
_log = structlog.get_logger()


@contextmanager
def progress(title: str) -> "Iterator[Callable[[Progress], None]]":
    """Shows what it is told, for as long as the block runs."""
    if sys.stderr.isatty():
        with _bar() as bar:
            task = bar.add_task(title, total=None, mb=0.0, rate=0)
            began = time.monotonic()

            def move(told: "Progress") -> None:
                rate = told.events / max(0.001, time.monotonic() - began)
                bar.update(task, completed=told.hours_done, total=told.hours, mb=told.bytes / 1e6, rate=rate)

            yield move
        return
    yield _lines(title)


@contextmanager
def polling() -> "Iterator[Callable[[Tally], None]]":
    """A line on a terminal that says how far polling has come; elsewhere the log tells of every poll."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with Console(stderr=True).status("polling; Ctrl-C ends it") as line:

        def tell(told: "Tally") -> None:
            lost = f" · lost some {told.lost:,} times" if told.lost else ""
            line.update(f"polling: {told.answers:,} answers · {told.events:,} new events{lost}; Ctrl-C ends it")

        yield tell


def _bar() -> Bar:
    return Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("hours · {task.fields[mb]:,.1f} MB · {task.fields[rate]:,.0f} events/s ·"),
        TimeElapsedColumn(),
        TextColumn("· left"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )


def _lines(title: str) -> "Callable[[Progress], None]":
    began = last = time.monotonic()

    def line(told: "Progress") -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= LINE_EVERY_SECONDS or told.hours_done == told.hours:
            last = now
            rate = round(told.events / max(0.001, now - began))
            _log.info(
                title,
                hours=told.hours_done,
                of=told.hours,
                bytes=told.bytes,
                events=told.events,
                events_per_second=rate,
            )

    return line

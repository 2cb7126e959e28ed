"""Spark's executors as workers: every slice is a job of one task, and the driver commits.

A task does what a worker process does: it asks the origins, lands the bytes and stages the rows itself, so that nothing
but its outcome comes back. One whose executor dies is done again by Spark elsewhere.
"""

import tempfile
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from forgelake.model.errors import ForgelakeError
from forgelake.model.slices import SliceKey, SliceStatus
from forgelake.pipelines.slice_task import SOURCE, Place, SliceOutcome, SliceTask, collect_slice
from forgelake.state.ledger_rows import Verdict

if TYPE_CHECKING:
    from pyspark import SparkContext

AHEAD = 2
"""Tasks that wait for each core, so that none is idle while the driver commits."""


class SparkWorkers:
    """Runs slice tasks on a cluster."""

    def __init__(self, spark: "SparkContext", number: int, place: Place) -> None:
        """Args: the driver's connection, how many tasks at once, the lake."""
        self._spark = spark
        self._place = place
        self._most = number * AHEAD
        self._threads = ThreadPoolExecutor(self._most, thread_name_prefix="slice")
        self._running: set[Future[SliceOutcome]] = set()

    @property
    def free(self) -> int:
        """How many more tasks should be given."""
        return max(0, self._most - len(self._running))

    @property
    def busy(self) -> bool:
        """Whether any task has not been handed back."""
        return bool(self._running)

    def submit(self, task: SliceTask) -> None:
        """Start a task, or queue it."""
        self._running.add(self._threads.submit(self._run, task))

    def finished(self, timeout: float | None) -> Iterator[SliceOutcome]:
        """Outcomes as they come; waits for at least one, up to a time in seconds.

        Raises:
            ForgelakeError: whatever ended a task and would end the others, too.
        """
        done, _ = wait(self._running, timeout=timeout, return_when=FIRST_COMPLETED)
        self._running -= done
        for future in done:
            yield future.result()

    def abandon(self) -> None:
        """End the tasks at once."""
        self._spark.cancelAllJobs()

    def close(self) -> None:
        """Forget what has not begun and wait for what has."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _run(self, task: SliceTask) -> SliceOutcome:
        self._spark.setJobDescription(f"archive hour {task.hour}")
        try:
            (ended,) = self._spark.parallelize([task], 1).map(partial(_on_executor, self._place)).collect()
        except Exception as error:  # noqa: BLE001 - whatever Spark says of one hour must not stop the others
            return _failed(task, f"Spark gave it up: {_last_line(error)}")
        if isinstance(ended, ForgelakeError):
            raise ended
        return ended


def _on_executor(place: Place, task: SliceTask) -> SliceOutcome | ForgelakeError:
    """The folder for files on their way is the executor's own; an error, if Spark saw it, would be tried again."""
    try:
        return collect_slice(replace(place, scratch=Path(tempfile.gettempdir())), task)
    except ForgelakeError as error:
        return error


def _failed(task: SliceTask, reason: str) -> SliceOutcome:
    again = task.now + timedelta(hours=task.ask_again_hours)
    origins = [*(receipt.key.origin for receipt in task.landed), *(origin.name for origin, _ in task.origins)]
    key = SliceKey(SOURCE, task.hour.name, origins[0])
    verdict = Verdict(key, task.hour.start, task.hour.end, SliceStatus.FAILED, reason, again)
    return SliceOutcome(task.hour, [verdict])


def _last_line(error: Exception) -> str:
    """Of Spark's long reports the line that names the fault."""
    lines = [line.strip() for line in str(error).splitlines() if "Exception" in line or "Error" in line]
    return lines[0][:300] if lines else type(error).__name__

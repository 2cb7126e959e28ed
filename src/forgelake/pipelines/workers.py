"""Worker processes for slices."""

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Final

from forgelake.engines.children import Pool, end_with_parent
from forgelake.model.errors import StopError
from forgelake.pipelines.slice_task import Place, SliceOutcome, SliceTask, collect_slice

WORKER_DIED = (
    "a worker process was ended from outside, most often because memory ran out; "
    "what was committed stays: run the same command to go on, with fewer --workers"
)


WAITING_PER_WORKER: Final = 3
"""Tasks that wait for each worker, so that none is idle while their process commits."""


class Workers:
    """Runs slice tasks, some at once. With one worker they run in this process."""

    def __init__(self, number: int, place: Place) -> None:
        self._place = place
        self._number = number
        self._running: set[Future[SliceOutcome]] = set()
        self._pool = Pool(number, end_with_parent) if number > 1 else None

    @property
    def free(self) -> int:
        """How many more tasks should be given."""
        return max(0, (self._number * (1 + WAITING_PER_WORKER) if self._pool else 1) - len(self._running))

    @property
    def busy(self) -> bool:
        """Whether any task has not been handed back."""
        return bool(self._running)

    def submit(self, task: SliceTask) -> None:
        """Start a task, or queue it.

        Raises:
            StopError: a worker process died.
        """
        if self._pool is not None:
            try:
                self._running.add(self._pool.submit(collect_slice, self._place, task))
            except (BrokenProcessPool, OSError) as error:
                raise StopError(WORKER_DIED) from error
            return
        future: Future[SliceOutcome] = Future()
        try:
            future.set_result(collect_slice(self._place, task))
        except Exception as error:  # noqa: BLE001 - handed on to whoever asks for the outcome, as a pool does
            future.set_exception(error)
        self._running.add(future)

    def finished(self, timeout: float | None) -> Iterator[SliceOutcome]:
        """Outcomes as they come; waits for at least one, up to a time in seconds.

        Raises:
            StopError: a worker process died.
            Exception: whatever else ended a task.
        """
        done, _ = wait(self._running, timeout=timeout, return_when=FIRST_COMPLETED)
        self._running -= done
        for future in done:
            try:
                yield future.result()
            except BrokenProcessPool as error:
                raise StopError(WORKER_DIED) from error

    def abandon(self) -> None:
        """End the workers at once; what they were doing, the next run does again."""
        if self._pool is not None:
            for worker in multiprocessing.active_children():
                worker.terminate()

    def close(self) -> None:
        """Forget what has not begun and wait for what has."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

"""Asking GitHub on behalf of a daily job: what the journal has is not asked for, what has not changed costs nothing.

Several tokens take turns: each subject stays with one token, because version marks hold for one token only; another
one steps in where that one is limited, or may not see what is asked for.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

import structlog

from forgelake.model.errors import ForgelakeError, RetryError, StopError
from forgelake.pipelines.clock import Clock
from forgelake.pipelines.context import Context
from forgelake.pipelines.daily.journal import Journal
from forgelake.sources.github.answer import FORBIDDEN, NOT_FOUND, NOT_MODIFIED, Answer, LimitedError
from forgelake.sources.github.client import GithubClient, RefusedTokenError
from forgelake.sources.github.pieces import unpacked
from forgelake.sources.github.said import Said
from forgelake.storage.faults import NoSuchObjectError

_HIDDEN: Final = (FORBIDDEN, NOT_FOUND)
"""What GitHub says of things that a token may not see."""

HOPELESS: Final = 10
"""Requests in a row that fail, each after all its attempts, after which the run gives up."""

_KEPT_OBJECTS: Final = 4

_log = structlog.get_logger()


class StoppedError(ForgelakeError):
    """The run has to end; what was gathered so far is landed."""


class Asker:
    """Asks with all tokens; ``api`` is what they ask, ``requests`` counts what really went out."""

    def __init__(self, context: Context, clock: Clock, clients: list[GithubClient], journal: Journal) -> None:
        self.api = clients[0].api
        self._context = context
        self._clock = clock
        self._clients = clients
        self._usable = list(clients)
        self._journal = journal
        self._objects: dict[str, dict[str, Said]] = {}
        self._failures = 0
        self._failed: RetryError | None = None
        self._answered = False

    @property
    def requests(self) -> int:
        """Requests made by this run."""
        return sum(client.requests for client in self._clients)

    @property
    def tokens(self) -> int:
        """How many tokens there are, none counting as one."""
        return len(self._usable)

    @property
    def authorized(self) -> bool:
        """Whether there is any token."""
        return self._clients[0].authorized

    def get(self, path: str, subject: str = "", *, conditional: bool = True) -> Said:
        """Ask for a path below the API's base, or a whole address of a next page.

        Args:
            subject: what it is about: one subject stays with one token.
            conditional: ask only for what has changed; the answer that landed last stands in for "not modified".

        Raises:
            StoppedError: the run has to end.
            RetryError, SkipError, ConfigurationError: as the client does.
            StopError: one request after the other fails.
        """
        url = path if path.startswith(self.api.base) else self.api.url(path)
        known = self._journal.get(self.api.shown(url))
        if known is not None:
            return known

        def ask(client: GithubClient) -> Said:
            said = self._said(client, client.get(url, conditional=conditional), self.api.shown(url))
            if said.status != NOT_MODIFIED:
                return said
            before = self._before(client, url)
            if before is None:
                return self._said(client, client.get(url), self.api.shown(url))
            return said.unchanged(before)

        said = self._with_some_token(subject or path, ask, self.api.resource(url))
        if said.ok:
            self._journal.put(said.url, said)
        return said

    def graphql(self, query: str, variables: Mapping[str, object], subject: str = "") -> Said:
        """Ask the GraphQL API; raises what ``get`` does."""
        digest = hashlib.sha256(json.dumps([query, variables], sort_keys=True).encode()).hexdigest()[:32]
        shown = f"{self.api.name}/graphql#{digest}"
        known = self._journal.get(shown)
        if known is not None:
            return known

        def ask(client: GithubClient) -> Said:
            return self._said(client, client.graphql(query, variables), shown)

        said = self._with_some_token(subject, ask, self.api.resource(self.api.graphql))
        if said.ok:
            self._journal.put(shown, said)
        return said

    def note_costs(self, job: str, day: str) -> None:
        """Keep what was spent so far."""
        for client in self._clients:
            client.note_costs(job, day)

    def _with_some_token(self, subject: str, ask: Callable[[GithubClient], Said], resource: str) -> Said:
        while True:
            said, limited = self._first_answer(subject, ask, resource)
            if said is not None:
                self._failures, self._answered = 0, True
                return said
            if limited:
                self._wait(min(limited))

    def _first_answer(
        self, subject: str, ask: Callable[[GithubClient], Said], resource: str
    ) -> tuple[Said | None, list[datetime]]:
        """The answer of the first token that may see it, else that of one that may not; and until when others wait."""
        limited: list[datetime] = []
        hidden: Said | None = None
        for client in self._order(subject, resource):
            try:
                said = ask(client)
            except LimitedError as error:
                limited.append(error.until)
            except RefusedTokenError as error:
                self._drop(client, error)
            except RetryError as error:
                self._count_failure(error)
                raise
            else:
                if said.status not in _HIDDEN:
                    return said, limited
                hidden = hidden or said
        return hidden, limited

    def _count_failure(self, error: RetryError) -> None:
        self._failures += 1
        self._failed = error
        if self._failures >= HOPELESS:
            message = f"{HOPELESS} requests in a row failed, the last one: {error}; the next run goes on from here"
            raise StopError(message) from error

    def raise_if_silent(self) -> None:
        """Raises StopError if requests were made and not one was answered."""
        if self._failed is not None and not self._answered:
            message = f"not one request was answered, the last one: {self._failed}; the next run tries again"
            raise StopError(message) from self._failed

    def _order(self, subject: str, resource: str) -> list[GithubClient]:
        """The subject's own token first; those that are limited last."""
        if len(self._usable) == 1:
            return self._usable[:]
        now = self._clock.now()
        first = int.from_bytes(hashlib.sha256(subject.encode()).digest()[:4], "big") % len(self._usable)
        turned = self._usable[first:] + self._usable[:first]
        return sorted(turned, key=lambda client: client.free_at(1, now, resource) > now)

    def _drop(self, client: GithubClient, error: RefusedTokenError) -> None:
        if len(self._usable) == 1:
            raise error
        _log.warning("going on without a token", reason=str(error))
        self._usable.remove(client)

    def _wait(self, until: datetime) -> None:
        self.raise_if_stopped()
        _log.warning("waiting for GitHub's rate limit", until=f"{until:%Y-%m-%dT%H:%M:%SZ}")
        self._clock.sleep((until - self._clock.now()).total_seconds())
        self.raise_if_stopped()

    def raise_if_stopped(self) -> None:
        """Raises StoppedError if the run has to end."""
        if self._clock.stopped():
            message = "stopped before everything was collected; the next run goes on from here"
            raise StoppedError(message)

    def _said(self, client: GithubClient, answer: Answer, shown: str) -> Said:
        redirected = self.api.shown(answer.url) != shown
        return Said(
            url=shown,
            status=answer.status,
            at=self._context.clock(),
            body=answer.body,
            mark=client.mark,
            # The mark of another address would stand for this one.
            etag=None if redirected else answer.etag,
            moved_to=answer.moved_to and self.api.shown(answer.moved_to),
            next_path=answer.next_url and answer.next_url.removeprefix(self.api.base),
            last_page=answer.last_page,
            needs=answer.needs,
        )

    def _before(self, client: GithubClient, url: str) -> Said | None:
        """The answer that "not modified" stands for; None if its bytes are no longer there."""
        known = client.validator(url)
        if known is None or known.path is None:
            return None
        if known.path not in self._objects:
            try:
                pieces = unpacked(self._context.storage.get(known.path))
            except (NoSuchObjectError, RetryError, OSError, ValueError):
                return None
            while len(self._objects) >= _KEPT_OBJECTS:
                del self._objects[next(iter(self._objects))]
            self._objects[known.path] = {said.url: said for piece in pieces for said in piece.answers}
        return self._objects[known.path].get(self.api.shown(url))

"""Spans: one for each run, slice, metric's answer and request; nothing at all where no collector is named."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import structlog

from forgelake.traces.facts import Facts, Span

if TYPE_CHECKING:
    from forgelake.traces.sending import Sender


@dataclass(frozen=True, slots=True)
class Handed:
    """What another process needs to go on with a trace: values only.

    Attributes:
        endpoint: where to send spans.
        parent: the span that it belongs to, as headers of W3C Trace Context.
        facts: noted of every span that goes on from here.
    """

    endpoint: str
    parent: dict[str, str]
    facts: dict[str, str] = field(default_factory=dict)


class _Silent:
    def note(self, facts: Facts, *, failed: bool = False, name: str = "") -> None:
        """Nobody listens."""


_SILENT: Final = _Silent()
_sender: "Sender | None" = None


@contextmanager
def sent_to(endpoint: str) -> Iterator[None]:
    """Send the spans of this process to a collector while the block runs; an outer block goes on as it is.

    Args:
        endpoint: base URL of OTLP over HTTP; empty sends nothing.
    """
    global _sender  # noqa: PLW0603 - one for the process, as OpenTelemetry's own is, and ours alone
    if not endpoint or _sender is not None:
        yield
        return
    _sender = _started(endpoint)
    try:
        yield
    finally:
        if _sender is not None:
            _sender.close()
        _sender = None


@contextmanager
def span(
    name: str, facts: Facts | None = None, *, parent: Mapping[str, str] | None = None, is_request: bool = False
) -> Iterator[Span]:
    """Note what happens in the block as a part of what happens around it.

    Args:
        parent: headers of W3C Trace Context that name another process's span to belong to.
    """
    if _sender is None:
        yield _SILENT
        return
    with _sender.span(name, facts or {}, parent, is_request=is_request) as begun:
        yield begun


def handed(facts: Mapping[str, str]) -> Handed | None:
    """For another process to go on from here; None where nothing is sent."""
    return None if _sender is None else Handed(_sender.endpoint, _sender.here(), dict(facts))


@contextmanager
def continued(name: str, facts: Facts, from_: Handed | None) -> Iterator[Span]:
    """The same as ``span``, in a process that was handed the trace; it sends what is left when it ends."""
    global _sender
    if from_ is None:
        yield _SILENT
        return
    if _sender is None and (_sender := _started(from_.endpoint)) is not None:
        _sender.close_at_exit()
    with span(name, {**from_.facts, **facts}, parent=from_.parent) as begun:
        yield begun


def _started(endpoint: str) -> "Sender | None":
    try:
        from forgelake.traces.sending import Sender
    except ImportError:
        # The variable may be there for every program of a machine, so it is no reason to stop.
        structlog.get_logger().warning("traces are not sent; install forgelake[otel]", endpoint=endpoint)
        return None
    return Sender(endpoint)

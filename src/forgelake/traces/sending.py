"""Sending spans with OpenTelemetry's SDK, which is imported here and nowhere else.

The provider is ours alone: what other libraries of the process would tell goes nowhere.
"""

import atexit
import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span as OpenTelemetrySpan
from opentelemetry.trace import SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from forgelake import __version__
from forgelake.traces.facts import Facts, Span

PATH: Final = "/v1/traces"
GOODBYE_SECONDS: Final = 1.5
"""How long a collector that does not answer may hold up the end of a process."""

_W3C: Final = TraceContextTextMapPropagator()
_SDK: Final = logging.getLogger("opentelemetry")
_EXPORTER: Final = logging.getLogger(OTLPSpanExporter.__module__)


class Sender:
    """Gathers spans and sends them in the background, every five seconds unless ``OTEL_BSP_*`` say otherwise."""

    def __init__(self, endpoint: str) -> None:
        """Args: the base URL of OTLP over HTTP, or that of its traces."""
        self.endpoint = endpoint
        _SDK.setLevel(logging.ERROR)
        _EXPORTER.addFilter(_Once())
        address = endpoint if endpoint.endswith(PATH) else endpoint + PATH
        processor = BatchSpanProcessor(OTLPSpanExporter(address))
        own = Resource({"service.name": "forgelake", "service.version": __version__})
        provider = TracerProvider(resource=own.merge(OTELResourceDetector().detect()), shutdown_on_exit=False)
        provider.add_span_processor(processor)
        self._tracer = provider.get_tracer("forgelake", __version__)
        self._over = threading.Event()
        # Begun now, because an interpreter that is about to end begins no threads.
        self._last = threading.Thread(target=self._at_the_end, args=(processor,), name="traces", daemon=True)
        self._last.start()

    @contextmanager
    def span(self, name: str, facts: Facts, parent: Mapping[str, str] | None, *, is_request: bool) -> Iterator[Span]:
        """See ``forgelake.traces.spans.span``."""
        context = None if parent is None else _W3C.extract(parent)
        kind = SpanKind.SERVER if is_request else SpanKind.INTERNAL
        # Texts of errors may hold names and values, so neither is kept.
        with self._tracer.start_as_current_span(
            name, context, kind, facts, record_exception=False, set_status_on_exception=False
        ) as begun:
            noted = _Noted(begun)
            try:
                yield noted
            except BaseException as error:
                noted.note({"error.type": type(error).__name__}, failed=True)
                raise

    def here(self) -> dict[str, str]:
        """The span that is going on, as headers of W3C Trace Context."""
        headers: dict[str, str] = {}
        _W3C.inject(headers)
        return headers

    def close(self) -> None:
        """Send what is left, and wait for that a little while."""
        self._over.set()
        self._last.join(GOODBYE_SECONDS)

    def close_at_exit(self) -> None:
        """The same when the process ends."""
        atexit.register(self.close)

    def _at_the_end(self, processor: BatchSpanProcessor) -> None:
        self._over.wait()
        processor.shutdown()


class _Noted:
    def __init__(self, begun: OpenTelemetrySpan) -> None:
        self._begun = begun

    def note(self, facts: Facts, *, failed: bool = False, name: str = "") -> None:
        self._begun.set_attributes(facts)
        if failed:
            self._begun.set_status(StatusCode.ERROR)
        if name:
            self._begun.update_name(name)


class _Once(logging.Filter):
    """A collector that is away is told of once."""

    told = False

    def filter(self, record: logging.LogRecord) -> bool:
        del record
        first, self.told = not self.told, True
        return first

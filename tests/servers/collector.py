"""A collector of traces: takes OTLP over HTTP as protobuf and keeps what it was told."""

from dataclasses import dataclass, field
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1 import trace_pb2

from tests.servers.listening import Handler, Listening

ERROR = trace_pb2.Status.STATUS_CODE_ERROR
SERVER = trace_pb2.Span.SPAN_KIND_SERVER


@dataclass(frozen=True)
class Span:
    """A span as it came; ids are hex, ``parent`` is empty for the first one of a trace."""

    name: str
    trace: str
    id: str
    parent: str
    kind: int
    failed: bool
    facts: dict[str, Any]
    service: str


@dataclass
class Told:
    """What the collector was told."""

    spans: list[Span] = field(default_factory=list)
    paths: set[str] = field(default_factory=set)
    bodies: bytes = b""


class Collector(Listening):
    """The server; use it as a context manager."""

    def __init__(self) -> None:
        super().__init__(_Handler)
        self.told = Told()

    def named(self, name: str) -> list[Span]:
        """The spans of that name."""
        return [one for one in self.told.spans if one.name == name]


class _Handler(Handler):
    def answer(self) -> None:
        assert isinstance(self.owner, Collector)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        told = self.owner.told
        told.paths.add(self.path)
        told.bodies += body
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            service = _facts(resource.resource.attributes)["service.name"]
            for scope in resource.scope_spans:
                told.spans += [_span(one, service) for one in scope.spans]
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()


def _span(one: trace_pb2.Span, service: str) -> Span:
    ids = (one.trace_id.hex(), one.span_id.hex(), one.parent_span_id.hex())
    return Span(one.name, *ids, one.kind, one.status.code == ERROR, _facts(one.attributes), service)


def _facts(attributes: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in attributes}

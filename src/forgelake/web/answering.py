"""From an answer to a response: strong ETag, 304 before any query runs, encoding, freshness.

The ETag says what the answer follows from (snapshot, question, format), so it is known before the answer is.
"""

import hashlib
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from forgelake.query.snapshot import Snapshot
from forgelake.web.cache import Stored
from forgelake.web.negotiation import COMPRESSED, FORMATS, PAGE, SMALLEST_COMPRESSED, compressed, encoding_of
from forgelake.web.service import Service

VARY: Final = b"Accept, Accept-Encoding, Authorization, Prefer"
Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Made:
    """An answer's bytes, and whether its period is over and fully received."""

    body: bytes
    closed: bool = False


def service_of(request: Request) -> Service:
    """The service that a request came to."""
    found: Service = request.app.state.service
    return found


def reply(request: Request, snapshot: Snapshot, facts: Hashable, form: str, make: Callable[[], Made]) -> Response:
    """The response to a question.

    Args:
        request: the request.
        snapshot: what the answer is made from.
        facts: everything else that the answer follows from, as values whose ``repr`` says all.
        form: a key of ``FORMATS``, or html.
        make: makes the answer; not called if the caller or the cache has it.
    """
    key = request_key(service_of(request), snapshot, request)
    return reply_of(request, (snapshot.id, facts), form, make, key)


def reply_of(
    request: Request,
    follows_from: tuple[Hashable, ...],
    form: str,
    make: Callable[[], Made],
    key: Hashable = None,
) -> Response:
    """The same for an answer whose request has to be looked at each time, as somebody may have given it up.

    Args:
        follows_from: the id of the snapshot and the other facts; see ``reply``.
        key: by which the cache knows the request again; None for one that is looked at each time.
    """
    service = service_of(request)
    headers = request.headers
    encoding = encoding_of(headers.get("accept-encoding", "")) if form in COMPRESSED else ""
    bare = etag_of(*follows_from, form)
    etag = _encoded(bare, encoding)
    private = bool(headers.get("authorization") or headers.get("cookie"))
    if matches(headers.get("if-none-match", ""), etag):
        known = service.cache.peek(etag)
        seconds = service.fresh_seconds(closed=known is not None and known.closed) if key is not None else 0
        return _response(304, b"", validators(etag, seconds, private=private))

    def plain() -> Stored:
        made = make()
        return Stored(bare, PAGE if form == "html" else FORMATS[form], made.body, "", made.closed)

    def stored_as_wanted() -> Stored:
        stored = service.cache.get(bare, plain)
        if len(stored.body) < SMALLEST_COMPRESSED:
            return Stored(etag, stored.media_type, stored.body, "", stored.closed)
        return Stored(etag, stored.media_type, compressed(stored.body, encoding), encoding, stored.closed)

    stored = service.cache.get(etag, stored_as_wanted if encoding else plain)
    seconds = 0
    if key is not None:
        service.cache.remember(key, stored)
        seconds = service.fresh_seconds(closed=stored.closed)
    return _response(200, stored.body, stored_headers(stored, seconds, private=private))


def request_key(service: Service, snapshot: Snapshot, request: Request) -> Hashable:
    """The request in the cache's second memory; ``forgelake.web.door`` makes the same from the bare scope."""
    headers = request.headers
    encoding = encoding_of(headers.get("accept-encoding", ""))
    query = request.scope["query_string"]
    return service.request_key(snapshot, request.scope["path"], query, headers.get("accept", ""), encoding)


def etag_of(*facts: object) -> str:
    """The ETag of what follows from some facts, as values whose ``repr`` says all; without an encoding."""
    return f'"{hashlib.blake2b(repr(facts).encode(), digest_size=16).hexdigest()}"'


def matches(if_none_match: str, etag: str) -> bool:
    """Whether the caller has that answer already."""
    if not if_none_match:
        return False
    listed = {part.strip().removeprefix("W/") for part in if_none_match.split(",")}
    return etag in listed or "*" in listed


def validators(etag: str, seconds: int, *, private: bool) -> Headers:
    """The headers that a 304 has as well."""
    who = b"private" if private else b"public"
    return [(b"etag", etag.encode()), (b"cache-control", b"%s, max-age=%d" % (who, seconds)), (b"vary", VARY)]


def stored_headers(stored: Stored, seconds: int, *, private: bool) -> Headers:
    """All headers of an answer."""
    headers = validators(stored.etag, seconds, private=private)
    headers.append((b"content-type", stored.media_type.encode()))
    headers.append((b"content-length", str(len(stored.body)).encode()))
    if stored.encoding:
        headers.append((b"content-encoding", stored.encoding.encode()))
    return headers


def _encoded(etag: str, encoding: str) -> str:
    return f'{etag[:-1]}-{encoding}"' if encoding else etag


def _response(status: int, body: bytes, headers: Headers) -> Response:
    response = Response(body, status)
    response.raw_headers = headers
    return response

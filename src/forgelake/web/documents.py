"""What every route documents of itself: its answers in all formats, and the problems it may tell."""

from collections.abc import Sequence
from typing import Any, Final

from pydantic import BaseModel

from forgelake.web.models import AnswerEntry, ProblemDocument
from forgelake.web.negotiation import FORMATS
from forgelake.web.problems import MEDIA_TYPE, TITLES

Responses = dict[int | str, dict[str, Any]]

ALWAYS: Final = (400, 405, 413, 415, 421, 500)
ASKING: Final = (401, 403, 406, 422, 429, 503)

_HEADERS: Final = {
    "ETag": "strong mark of this answer; send it back in If-None-Match",
    "Cache-Control": "how long the answer stays right",
    "RateLimit": "requests that are left, and seconds until there are more",
    "RateLimit-Policy": "requests a minute",
}
_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
_TEXT: Final = {"schema": {"type": "string"}}


ACCEPTED: Final[Responses] = {
    202: {
        "model": AnswerEntry,
        "description": "The question takes long, or the caller does not want to wait: a worker answers it.",
        "headers": {
            name: {"description": text, "schema": {"type": "string"}}
            for name, text in {
                "Location": "where to see how the answer stands, and then its result",
                "Retry-After": "seconds after which to look again",
                "Preference-Applied": "respond-async, where the caller asked for that",
            }.items()
        },
    }
}


def responses(
    model: type[BaseModel], *, problems: Sequence[int] = ASKING, formats: Sequence[str] = ("json",), cached: bool = True
) -> Responses:
    """The ``responses=`` of a route.

    Args:
        model: shape of the JSON answer.
        problems: statuses of the problems it may tell, beside those that every route may.
        formats: keys of ``FORMATS`` that it answers in.
        cached: whether it has an ETag.
    """
    documented: Responses = {200: {"model": model, "description": "The answer."}}
    others = {FORMATS[name].partition(";")[0]: _of(name) for name in formats if name != "json"}
    if others:
        documented[200]["content"] = others
    if cached:
        documented[200]["headers"] = {
            name: {"description": text, "schema": {"type": "string"}} for name, text in _HEADERS.items()
        }
        documented[304] = {"description": "The answer is the one that the caller has."}
    for status in sorted({*ALWAYS, *problems}):
        documented[status] = {"description": f"{TITLES[status][1]}.", "content": _problem()}
    return documented


def _of(form: str) -> dict[str, Any]:
    return _TEXT if form in ("csv", "svg", "vegalite") else _BINARY


def _problem() -> dict[str, Any]:
    return {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{ProblemDocument.__name__}"}}}

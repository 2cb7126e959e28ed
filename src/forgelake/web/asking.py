"""What all questions have in common: no parameter that is not known, each once; pages and their cursors."""

import base64
import hashlib
import json
import re
from collections.abc import Iterable
from typing import Annotated, Any, Final

import msgspec
from fastapi import Query, Request
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query as QueryParameter
from pydantic import BeforeValidator

from forgelake.model.errors import nearest
from forgelake.web.problems import Problem

_ENCODER = msgspec.json.Encoder(decimal_format="number")


def _digits(text: object) -> object:
    """Python also reads 1_000 and other scripts' digits as numbers; nobody means them."""
    if isinstance(text, str) and not (text.isascii() and text.isdecimal()):
        message = "a whole number in digits"
        raise ValueError(message)
    return text


def in_words(pattern: str, words: str) -> BeforeValidator:
    """Tells a person what a pattern asks for, which stands in the document for programs."""

    def fitting(text: object) -> object:
        if isinstance(text, str) and not re.search(pattern, text):
            raise ValueError(words)
        return text

    return BeforeValidator(fitting)


_CURSOR: Final = r"^[A-Za-z0-9_-]+$"
Limit = Annotated[int, BeforeValidator(_digits), Query(ge=1, le=1000, description="how many, at most")]
Cursor = Annotated[
    str | None,
    in_words(_CURSOR, '"next" of the page before'),
    Query(max_length=2000, pattern=_CURSOR, description="next of the page before"),
]
From = Annotated[
    str | None,
    Query(alias="from", max_length=40, description="begin: a date or an instant, UTC", examples=["2016-01-01"]),
]
To = Annotated[
    str | None, Query(max_length=40, description="end, excluded: a date or an instant, UTC", examples=["2016-01-02"])
]


def known_parameters_only(request: Request) -> None:
    """A dependency of every route: refuse parameters that would change nothing, and those given twice.

    Raises:
        Problem: 422, with the nearest good ones.
    """
    if request.scope["query_string"]:
        parameters = get_flat_params(request.scope["route"].dependant)
        check_names(request, {one.alias for one in parameters if isinstance(one.field_info, QueryParameter)})


def check_names(request: Request, known: Iterable[str], *, empty: bool = False) -> None:
    """Refuse parameters that are not known, given twice, or empty; a form sends its empty fields as well."""
    good = sorted(known)
    seen: set[str] = set()
    for name, value in request.query_params.multi_items():
        if name not in good:
            listed = f"there are {', '.join(good)}" if good else "there are none here"
            message = f'there is no parameter "{name[:60]}"{nearest(name, good)}; {listed}'
            raise Problem(422, message, parameter=name[:60], value=value, good=good, kind="unknown-parameter")
        if name in seen:
            message = f'"{name}" is given more than once; give it once'
            raise Problem(422, message, parameter=name, value=value)
        if not value.strip() and not empty:
            message = f'"{name}" is empty; give it a value, or leave it out'
            raise Problem(422, message, parameter=name, value=value)
        seen.add(name)


def cursor_after(question: tuple[object, ...], *last: object) -> str:
    """Where a page ended: opaque to the caller, and good for the same question only."""
    packed = json.dumps([_mark(question), *last], separators=(",", ":"))
    return base64.urlsafe_b64encode(packed.encode()).rstrip(b"=").decode()


def position(cursor: str | None, question: tuple[object, ...], *kinds: type) -> list[Any] | None:
    """What ``cursor_after`` was given; None for the first page.

    Raises:
        Problem: 422, it is no cursor of this question.
    """
    if cursor is None:
        return None
    try:
        mark, *last = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, TypeError):
        mark, last = None, list[Any]()
    if mark == _mark(question) and [type(part) for part in last] == list(kinds):
        return last
    message = "the cursor does not belong to this question; take next of the page before, and change nothing else"
    raise Problem(422, message, parameter="cursor", value=cursor)


def as_json(document: object) -> bytes:
    """A document's bytes; instants as ISO texts with Z."""
    return _ENCODER.encode(document)


def _mark(question: tuple[object, ...]) -> str:
    return hashlib.blake2b(repr(question).encode(), digest_size=6).hexdigest()

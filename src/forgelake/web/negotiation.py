"""Which format and which encoding a request wants (RFC 9110, section 12)."""

from collections.abc import Mapping, Sequence
from typing import Final

import pyarrow as pa

from forgelake.metrics.definition import Metric
from forgelake.metrics.written import DRAWN
from forgelake.web.problems import Problem

FORMATS: Final[Mapping[str, str]] = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "arrow": "application/vnd.apache.arrow.stream",
    "svg": "image/svg+xml",
    "png": "image/png",
    "vegalite": "application/vnd.vegalite.v6+json",
}
"""Media types by the name of the format, which is also the suffix."""

ENCODINGS: Final = {"zstd": "zstd", "gzip": "gzip"}
"""Content encodings, the preferred one first, and what Arrow calls them."""

PAGE: Final = "text/html; charset=utf-8"

COMPRESSED: Final = ("json", "csv", "svg", "vegalite", "html")
"""Formats that are worth it; the others are compressed within."""

SMALLEST_COMPRESSED: Final = 600


def format_of(accept: str, offered: Sequence[str]) -> str:
    """The best of the offered formats for an Accept header; the first one when it does not mind.

    Raises:
        Problem: 406, none of them is wanted.
    """
    if not accept:
        return offered[0]
    wanted = _weighted(accept)
    best, best_quality = "", 0.0
    for name in offered:
        quality = _quality(FORMATS[name].partition(";")[0], wanted)
        if quality > best_quality:
            best, best_quality = name, quality
    if best:
        return best
    good = [FORMATS[name].partition(";")[0] for name in offered]
    message = f'"{accept[:100]}" is not offered; there are {", ".join(good)}'
    raise Problem(406, message, parameter="Accept", value=accept, good=good)


def offered(metric: Metric) -> list[str]:
    """The formats that a metric's answer can have."""
    return [form for form in FORMATS if form not in DRAWN or metric.chart is not None]


def check_offered(metric: Metric, form: str) -> None:
    """Refuse a drawing of what is not drawn.

    Raises:
        Problem: 406.
    """
    if form not in offered(metric):
        message = f"{metric.name} has no chart; ask for one of {', '.join(offered(metric))}"
        raise Problem(406, message, parameter="form", value=form, good=offered(metric))


def encoding_of(accept_encoding: str) -> str:
    """The content encoding for an Accept-Encoding header, empty for none."""
    if not accept_encoding:
        return ""
    wanted = _weighted(accept_encoding)
    anything = wanted.get("*", 0.0)
    best = max(ENCODINGS, key=lambda name: wanted.get(name, anything))
    return best if wanted.get(best, anything) > 0 else ""


def compressed(body: bytes, encoding: str) -> bytes:
    """The body in a content encoding."""
    return bytes(pa.Codec(ENCODINGS[encoding], compression_level=3).compress(body, asbytes=True))


def _weighted(header: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for part in header.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        quality = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                quality = _number(parameter.removeprefix("q="))
        if name:
            found[name] = quality
    return found


def _number(text: str) -> float:
    try:
        return min(1.0, max(0.0, float(text)))
    except ValueError:
        return 0.0


def _quality(media_type: str, wanted: Mapping[str, float]) -> float:
    group = media_type.partition("/")[0]
    for name in (media_type, f"{group}/*", "*/*"):
        if name in wanted:
            return wanted[name]
    return 0.0

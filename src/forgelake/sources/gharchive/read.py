"""Fetch one archive hour as it is published, and refuse what is no gzip file.

Mirrors have served HTML error pages and XML errors under an hour's name with status 200 (igrigorik/gharchive.org
issue 136), and programs that stored them went on as if the hour was there. The bytes are not parsed here.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from forgelake.model.errors import SkipError
from forgelake.model.hours import Hour
from forgelake.sources.gharchive.origins import Origin
from forgelake.transport import Download, HttpClient, Progress, fetch

_GZIP = b"\x1f\x8b\x08"
_HEAD_BYTES = 2048
_SHOWN_BYTES = 8
_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_HTML = re.compile(r"<(!doctype\s+html|html|head|body|title)\b", re.IGNORECASE)
_CODE = re.compile(r"<Code>([^<]{1,60})</Code>")


class RefusedBodyError(SkipError):
    """What the origin sent is not a gzip file.

    Attributes:
        reason: what it is instead.
        download: the bytes and where they came from; the caller sets them aside or removes them.
    """

    def __init__(self, reason: str, download: Download) -> None:
        super().__init__(f"{download.url} is not an archive hour: {reason}")
        self.reason = reason
        self.download = download


def read(
    origin: Origin,
    hour: Hour,
    client: HttpClient,
    folder: Path,
    now: Callable[[], datetime],
    progress: Progress | None = None,
) -> Download:
    """Receive an hour's file into the folder; ``now`` is the clock that ``received_at`` is taken from.

    Raises:
        NotPublishedError: the origin does not have the hour.
        RefusedBodyError: it sent something else.
        SkipError: it refuses.
        RetryError: it cannot be reached, or breaks off again and again.
    """
    download = replace(fetch(client, origin.url(hour), folder, progress=progress), received_at=now())
    with download.path.open("rb") as file:
        reason = why_not_gzip(file.read(_HEAD_BYTES))
    if reason is not None:
        raise RefusedBodyError(reason, download)
    return download


def why_not_gzip(head: bytes) -> str | None:
    """What a body is instead of a gzip file, judged by its first bytes; None if it is one."""
    if head.startswith(_GZIP):
        return None
    if not head:
        return "empty body"
    text = _text(head).lstrip()
    if text.startswith("<"):
        return _markup(text)
    if text.startswith(("{", "[")):
        return "JSON text, not gzip"
    return f"not gzip (first bytes {head[:_SHOWN_BYTES].hex(' ')})"


def _markup(text: str) -> str:
    if _HTML.search(text):
        return "HTML page"
    code = _CODE.search(text)
    return f"XML document ({code[1]})" if code else "XML document"


def _text(head: bytes) -> str:
    encoding = next((name for mark, name in _MARKS.items() if head.startswith(mark)), "latin-1")
    return head.decode(encoding, errors="replace")

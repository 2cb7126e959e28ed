"""The function behind a function URL or API Gateway: API and pages, one request a call."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final, cast

from mangum import Mangum
from mangum.types import ASGI, LambdaContext

from forgelake.aws.sandbox import chosen, lake
from forgelake.web.application import application
from forgelake.web.problems import MEDIA_TYPE, Problem
from forgelake.web.server import check_exposure

MOST_BYTES: Final = 6_000_000
"""What Lambda carries of an answer, as it sends it: anything but text grows by a third."""


def handler(event: Mapping[str, Any], called: LambdaContext) -> dict[str, Any]:
    """Answer a request.

    Args:
        event: the request, as function URLs and HTTP APIs have it.
        called: what Lambda says of the call.

    Raises:
        ConfigurationError: something in the settings is wrong.
    """
    answer: dict[str, Any] = _served()(dict(event), called)
    return _too_large() if len(answer["body"]) > MOST_BYTES else answer


@cache
def _served() -> Mangum:
    check_exposure(chosen())
    context = lake(private=chosen().api.serves_private)
    # Its lifespan would begin and end with every request.
    return Mangum(cast("ASGI", application(context)), lifespan="off")


def _too_large() -> dict[str, Any]:
    message = f"the answer has more than {MOST_BYTES // 10**6} MB, which AWS Lambda does not carry; ask for less"
    body = Problem(413, message, kind="answer-too-large").body().decode()
    return {"statusCode": 413, "headers": {"content-type": MEDIA_TYPE}, "body": body, "isBase64Encoded": False}

"""The function that is told of notes in landing: it makes rows of slices and commits them.

The bucket tells a queue, the queue calls the function with some messages at once; what is not done comes again, and
ends in another queue when it came too often.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote_plus

import structlog

from forgelake.aws.deadline import Deadline, LambdaContext
from forgelake.aws.sandbox import lake
from forgelake.model.slices import Receipt
from forgelake.pipelines.context import Context
from forgelake.pipelines.landed import transform
from forgelake.storage.faults import NoSuchObjectError

_log = structlog.get_logger()


def handler(event: Mapping[str, Any], called: LambdaContext) -> dict[str, list[dict[str, str]]]:
    """Make rows of the slices that messages name.

    Args:
        event: messages of SQS, each with an event of S3 in it.
        called: what Lambda says of the call.

    Returns:
        The messages that have to come again, as SQS wants it told.

    Raises:
        ConfigurationError, RetryError, StopError: the lake cannot be read or written; all messages come again.
    """
    clock = Deadline(called)
    context = lake()
    with structlog.contextvars.bound_contextvars(request_id=called.aws_request_id):
        told = {str(message["messageId"]): _receipts(context, message["body"]) for message in event["Records"]}
        named = [one for receipts in told.values() for one in receipts or ()]
        left = {one.path for one in transform(context, named, clock.stopped)}
        again = [
            message
            for message, receipts in told.items()
            if receipts is None or any(one.path in left for one in receipts)
        ]
    if again:
        _log.warning("messages have to come again", messages=len(again), of=len(told))
    return {"batchItemFailures": [{"itemIdentifier": message} for message in again]}


def _receipts(context: Context, body: str) -> list[Receipt] | None:
    """What has landed, by one message; None if nobody can read it."""
    try:
        return list(_noted(context, json.loads(body)))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        _log.error("a message is no event of the bucket's", error=f"{type(error).__name__}: {error}")
        return None


def _noted(context: Context, told: Mapping[str, Any]) -> Iterator[Receipt]:
    # S3 tells of itself once, when it is connected with the queue: that message has no records.
    for record in told.get("Records", ()):
        s3 = record["s3"]
        path = context.storage.path(f"s3://{s3['bucket']['name']}/{unquote_plus(s3['object']['key'])}")
        try:
            yield context.landing.receipt(path)
        except NoSuchObjectError:
            _log.info("a note is gone: its slice was forgotten since", note=path)

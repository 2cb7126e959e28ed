"""What DynamoDB's errors mean for us."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError, PartialCredentialsError

from forgelake.model.errors import ConfigurationError, RetryError, StopError
from forgelake.state.dynamo.address import GOOD_FORM

_CONFLICTS: Final = frozenset({"ConditionalCheckFailedException", "TransactionConflictException"})
_REASONS_OF_CONFLICT: Final = frozenset(
    {"ConditionalCheckFailed", "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}
)
_PASSING: Final = frozenset({
    "InternalServerError",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "ThrottlingException",
    "TransactionInProgressException",
})  # fmt: skip


class ConflictError(Exception):
    """Somebody else changed an item meanwhile; look again."""


class NoTableError(Exception):
    """There is no such table."""


@contextmanager
def told(shown: str) -> Generator[None, None, None]:
    """DynamoDB's errors as ours.

    Raises:
        ConflictError, NoTableError: to the caller, who knows what to do.
        RetryError: it does not answer, or is asked too much; botocore has tried for long.
        StopError: an item is larger than it can be.
        ConfigurationError: it refuses.
    """
    try:
        yield
    except ClientError as error:
        raise _meant(error, shown) from error
    except (NoCredentialsError, PartialCredentialsError, NoRegionError) as error:
        message = f"the state at {shown} cannot be reached: {error}; write state.url like {GOOD_FORM}"
        raise ConfigurationError(message) from error
    except BotoCoreError as error:
        message = f"the state at {shown} does not answer: {error}; try again"
        raise RetryError(message) from error


def _meant(error: ClientError, shown: str) -> Exception:
    code = error.response["Error"]["Code"]
    said = error.response["Error"].get("Message", "")
    reasons = {reason.get("Code", "None") for reason in error.response.get("CancellationReasons", ())} - {"None"}
    if code in _CONFLICTS or (reasons and reasons <= _REASONS_OF_CONFLICT):
        return ConflictError(said)
    if code == "ResourceNotFoundException":
        return NoTableError(said)
    if code in _PASSING:
        return RetryError(f"the state at {shown} is asked too much ({code}); try again")
    if code == "ValidationException" or reasons:
        return StopError(f"the state at {shown} cannot keep this: {said}")
    return ConfigurationError(f"the state at {shown} refuses: {code}: {said}; check state.url and what its role may do")

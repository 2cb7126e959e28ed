"""What went wrong in a storage, said as one of forgelake's errors.

obstore tells the kind by class, except when listing, where only the text holds S3's answer; Arrow's client tells it
in its text alone. The text is kept short and free of keys.
"""

from collections.abc import Generator
from contextlib import contextmanager

from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError

from forgelake.model.errors import ConfigurationError, ForgelakeError, RetryError, SkipError, StopError
from forgelake.storage.place import Place

_REFUSALS = (
    "403 Forbidden", "401 Unauthorized", "Permission denied (os error 13)", "Read-only file system",
    # As Arrow's S3 client says it, which opens the tables.
    "ACCESS_DENIED", "INVALID_ACCESS_KEY_ID", "SIGNATURE_DOES_NOT_MATCH", "HTTP status 403",
)  # fmt: skip
_NO_SPACE = ("No space left on device", "Disk quota exceeded")
_LONGEST = 400


class NoSuchObjectError(SkipError):
    """There is no object of that path."""


@contextmanager
def told_as_ours(place: Place, path: str, doing: str) -> Generator[None]:
    """Raise obstore's and Arrow's errors as forgelake's.

    Raises:
        NoSuchObjectError: no such object.
        ConfigurationError: the bucket does not exist or access is refused.
        StopError: the disk is full.
        RetryError: anything else, such as a service that cannot be reached.
    """
    try:
        yield
    except (BaseError, OSError) as error:
        raise _ours(error, place, path, doing) from error


def is_full(error: BaseException | None) -> bool:
    """Whether an error is, or came from, a disk without room; DuckDB and Arrow say so in their text alone."""
    while error is not None:
        if any(sign in str(error) for sign in _NO_SPACE):
            return True
        error = error.__cause__
    return False


def _ours(error: Exception, place: Place, path: str, doing: str) -> ForgelakeError:
    detail = _short(str(error), place)
    where = f"{path} in {place.shown}" if path else place.shown
    if "NoSuchBucket" in detail or "NO_SUCH_BUCKET" in detail:
        message = f"the bucket of {place.shown} does not exist; create it or correct the storage URI and its endpoint"
        return ConfigurationError(message)
    if isinstance(error, FileNotFoundError):
        return NoSuchObjectError(f"there is no object {where}")
    if isinstance(error, PermissionDeniedError | UnauthenticatedError | PermissionError) or any(
        sign in detail for sign in _REFUSALS
    ):
        message = (
            f"{doing} {where} was refused; check the access key, its rights, the region and the endpoint: {detail}"
        )
        return ConfigurationError(message)
    if is_full(error):
        return StopError(f"{doing} {where} failed because the disk is full; make room and run again")
    return RetryError(f"{doing} {where} failed: {detail}")


def _short(text: str, place: Place) -> str:
    text = " ".join(text.split("\n\nDebug source", maxsplit=1)[0].split())
    for secret in place.secrets:
        text = text.replace(secret, "***")
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"

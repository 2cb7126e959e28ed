"""Opening the table: made when it is not there, and refused when a newer forgelake has been in it."""

from typing import Final

from forgelake.model.errors import StopError
from forgelake.state.dynamo.address import parse
from forgelake.state.dynamo.faults import NoTableError
from forgelake.state.dynamo.items import Items, Key

FORMAT: Final = 1
"""How the rows are kept; columns that come later are null in older rows, so they need no new number."""

_NOTED: Final = Key("format", "1")


def opened(url: str) -> Items:
    """Connect; several processes may do so at the same instant.

    Raises:
        ConfigurationError: the URL is wrong, or the table can neither be read nor made.
        RetryError: DynamoDB does not answer.
        StopError: the table was written by a newer forgelake.
    """
    items = Items(parse(url))
    try:
        noted = _noted(items)
        if noted is None:
            items.put_all({_NOTED: {"number": {"N": str(FORMAT)}}})
    except BaseException:
        items.close()
        raise
    if noted is not None and noted > FORMAT:
        items.close()
        message = (
            f"the state at {items.shown} is of format {noted}, this forgelake knows up to {FORMAT}; "
            "install the newer forgelake that wrote it"
        )
        raise StopError(message)
    return items


def _noted(items: Items) -> int | None:
    try:
        found = items.get(_NOTED)
    except NoTableError:
        items.create()
        return None
    return None if found is None else int(found["number"]["N"])

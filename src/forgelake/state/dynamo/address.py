"""Where the table is: reading ``dynamodb://TABLE?region=…&endpoint=…``."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from forgelake.model.errors import ConfigurationError
from forgelake.state.address import DYNAMODB

GOOD_FORM: Final = "dynamodb://TABLE?region=eu-central-1"

_NAME = re.compile(r"[A-Za-z0-9_.-]{3,255}")
_OPTIONS = frozenset({"region", "endpoint"})


@dataclass(frozen=True, slots=True)
class Place:
    """A table; without a region or an endpoint it is AWS's own tools' choice."""

    table: str
    region: str | None = None
    endpoint: str | None = None

    @property
    def shown(self) -> str:
        """As a message names it."""
        return f"{DYNAMODB}{self.table}"


def parse(url: str) -> Place:
    """Read the URL; credentials are never in it, boto3 finds them as AWS's own tools do.

    Raises:
        ConfigurationError: it is written otherwise.
    """
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if not _NAME.fullmatch(parts.netloc) or parts.path not in ("", "/") or options.keys() - _OPTIONS:
        # The text is not repeated: who writes it wrongly may have put a key into it.
        message = f"the state URL names no table of DynamoDB; write state.url like {GOOD_FORM}"
        raise ConfigurationError(message)
    return Place(parts.netloc, options.get("region"), options.get("endpoint"))

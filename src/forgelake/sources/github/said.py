"""An answer as it is kept: in the journal of a run, and in landing. Pure values."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Self

from forgelake.sources.github.answer import OK


@dataclass(frozen=True, slots=True)
class Said:
    """What GitHub said to one request.

    Attributes:
        url: what was asked, as it may be told; a query has its digest behind a #.
        at: when it was said (UTC).
        body: as received; of "not modified" the body that it stands for.
        mark: the token's name.
        moved_to: the address where it lives now, if it has moved for good.
        next_path: the next page below the API's base, if there is one.
        last_page: the number of the last page, if it was told.
        needs: the permissions that GitHub asks for, if it said so.
    """

    url: str
    status: int
    at: datetime
    body: bytes
    mark: str = ""
    etag: str | None = None
    moved_to: str | None = None
    next_path: str | None = None
    last_page: int | None = None
    needs: str = ""

    @property
    def ok(self) -> bool:
        """Whether it is what was asked for."""
        return self.status == OK

    def json(self) -> Any:
        """The body as values.

        Raises:
            ValueError: it is no JSON.
        """
        return json.loads(self.body)

    def as_json(self) -> dict[str, Any]:
        """Everything as JSON can hold it; bytes that are no UTF-8 come back the same."""
        shown = asdict(self) | {"at": self.at.isoformat(), "body": self.body.decode("utf-8", "surrogateescape")}
        return {name: value for name, value in shown.items() if value is not None}

    @classmethod
    def of(cls, kept: dict[str, Any]) -> Self:
        """The answer as it was kept."""
        values: dict[str, Any] = dict(kept)
        values["body"] = kept["body"].encode("utf-8", "surrogateescape")
        values["at"] = datetime.fromisoformat(kept["at"])
        return cls(**values)

    def unchanged(self, before: "Said") -> Self:
        """This "not modified" as the answer that it stands for."""
        return replace(
            self,
            status=OK,
            body=before.body,
            etag=self.etag or before.etag,
            next_path=before.next_path,
            last_page=before.last_page,
        )

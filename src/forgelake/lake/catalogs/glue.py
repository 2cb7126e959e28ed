"""Notes in the Data Catalog of AWS Glue: the tables are Athena's, too, without a crawler.

Glue refuses a commit whose version of the table is not the newest, so two writers are told apart as in a database.
boto3 finds credentials, region and endpoint as AWS's own tools do.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from pyiceberg.catalog.glue import GlueCatalog

from forgelake.lake.catalogs.notes import NAMESPACE, Note
from forgelake.model.errors import ConfigurationError, RetryError

_OF_PYICEBERG: Final = frozenset(
    {"AlreadyExistsException", "ConcurrentModificationException", "EntityNotFoundException"}
)
"""Faults that pyiceberg reads itself."""

_PASSING: Final = frozenset({"InternalServiceException", "OperationTimeoutException", "ThrottlingException"})
_REFUSED: Final = 400


class GlueNotes:
    """The notes in one database of Glue; see ``forgelake.lake.catalogs.notes``."""

    def __init__(self, url: str, files: dict[str, str]) -> None:
        """Args: ``glue://DATABASE?region=REGION``, and how pyiceberg reaches the tables' files.

        Raises:
            ConfigurationError: there is no region, or Glue refuses.
            RetryError: it does not answer.
        """
        parts = urlsplit(url)
        self.namespace = parts.netloc
        try:
            region = next(iter(parse_qs(parts.query).get("region", ())), None)
            config = Config(retries={"mode": "standard", "max_attempts": 5})
            self._client: Any = boto3.client("glue", region_name=region, config=config)
        except BotoCoreError as error:
            message = (
                f"AWS Glue cannot be used as the catalog: {error}; write catalog.url like glue://forgelake?region=…"
            )
            raise ConfigurationError(message) from error
        self._client.meta.events.register("after-call-error.glue", _tell_unanswered)
        self._client.meta.events.register("after-call.glue", _tell_refused)
        self.tables = GlueCatalog(NAMESPACE, self._client, **files)
        # Asked first: whoever may not make databases may use one.
        if not self.tables.namespace_exists(self.namespace):
            self.tables.create_namespace_if_not_exists(self.namespace)

    def rows(self) -> list[dict[str, str | None]]:
        """All notes on tables, in the words of Iceberg's SQL catalogs."""
        return [
            {
                "catalog_name": NAMESPACE,
                "table_namespace": NAMESPACE,
                "table_name": table["Name"],
                "metadata_location": table["Parameters"]["metadata_location"],
                "previous_metadata_location": table["Parameters"].get("previous_metadata_location"),
                "iceberg_type": "TABLE",
            }
            for table in self._listed()
        ]

    def add(self, rows: Iterable[Note]) -> None:
        """Note tables that are not noted yet; their metadata has to be in the storage."""
        for row in rows:
            self.tables.register_table((self.namespace, str(row["table_name"])), str(row["metadata_location"]))

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _listed(self) -> Iterator[dict[str, Any]]:
        pages = self._client.get_paginator("get_tables").paginate(DatabaseName=self.namespace)
        for table in (table for page in pages for table in page["TableList"]):
            # Others may keep views and tables of their own in the database.
            if table.get("Parameters", {}).get("table_type", "").upper() == "ICEBERG":
                yield table


def _tell_unanswered(exception: Exception, **_: object) -> None:
    message = f"AWS Glue, which keeps the catalog, does not answer: {exception}; try again"
    raise RetryError(message) from exception


def _tell_refused(http_response: Any, parsed: dict[str, Any], **_: object) -> None:
    code = parsed.get("Error", {}).get("Code", "")
    if http_response.status_code < _REFUSED or code in _OF_PYICEBERG:
        return
    said = f"AWS Glue refuses the catalog: {code}: {parsed['Error'].get('Message', '')}"
    if code in _PASSING:
        raise RetryError(said)
    message = f"{said}; check catalog.url and the rights of the role"
    raise ConfigurationError(message)

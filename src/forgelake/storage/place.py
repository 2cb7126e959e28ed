"""Where a storage is: a local folder or a bucket, read from a URI.

Only two kinds are known, because the lake's other readers (DuckDB, pyiceberg) have to be able to open the same places.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import unquote, urlsplit

from obstore.store import LocalStore, S3Store

from forgelake.model.errors import ConfigurationError

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig, S3Config

Store: TypeAlias = LocalStore | S3Store

_CLIENT: "ClientConfig" = {
    "connect_timeout": timedelta(seconds=5),
    "read_timeout": timedelta(seconds=60),
    # The default of 30 seconds would cut large objects on slow lines; stalls are caught by the read timeout.
    "timeout": timedelta(hours=1),
}
_RETRIES: "RetryConfig" = {
    "max_retries": 4,
    "retry_timeout": timedelta(seconds=60),
    "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=5), "base": 2},
}


@dataclass(frozen=True, slots=True)
class S3Options:
    """How to reach an S3 service; what is None comes from AWS's own variables and instance roles.

    Attributes:
        endpoint: URL of the service, None for AWS itself; plain ``http://`` is allowed for local services.
        region: the bucket's region.
        access_key_id, secret_access_key, session_token: credentials, never shown.
    """

    endpoint: str | None = None
    region: str | None = None
    access_key_id: str | None = field(default=None, repr=False)
    secret_access_key: str | None = field(default=None, repr=False)
    session_token: str | None = field(default=None, repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Values that no message may contain."""
        return tuple(filter(None, (self.access_key_id, self.secret_access_key, self.session_token)))


@dataclass(frozen=True, slots=True)
class Place:
    """A storage's root.

    Attributes:
        root: what paths are appended to: an absolute local path or ``s3://bucket/prefix``, no slash at the end.
        shown: the place in messages, with the endpoint; free of secrets.
        secrets: values that no message may contain.
    """

    root: str
    shown: str
    store: Store = field(repr=False, compare=False)
    secrets: tuple[str, ...] = field(default=(), repr=False, compare=False)

    @property
    def is_bucket(self) -> bool:
        """Whether it is a bucket, else a folder."""
        return isinstance(self.store, S3Store)


def place(uri: str, options: S3Options | None = None) -> Place:
    """Read ``file:///folder``, ``/folder`` or ``s3://bucket/prefix``; a local folder is made if it is missing.

    Raises:
        ConfigurationError: the URI is none of these, or the folder cannot be made.
    """
    if uri.startswith("/"):
        return _folder(uri)
    parts = urlsplit(uri)
    if parts.scheme == "file" and parts.netloc in {"", "localhost"} and parts.path:
        return _folder(unquote(parts.path))
    if parts.scheme == "s3" and parts.netloc and "@" not in parts.netloc and not (parts.query or parts.fragment):
        return _bucket(parts.netloc, parts.path.strip("/"), options or S3Options())
    message = f'"{_without_credentials(uri)}" is not a storage; write file:///folder, /folder or s3://bucket/prefix'
    raise ConfigurationError(message)


def _folder(path: str) -> Place:
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        store = LocalStore(prefix=folder.resolve())
    except OSError as error:
        message = f"the storage folder {folder} cannot be made: {error.strerror}; name another one"
        raise ConfigurationError(message) from error
    return Place(root=str(folder.resolve()).rstrip("/"), shown=str(folder), store=store)


def _bucket(bucket: str, prefix: str, options: S3Options) -> Place:
    chosen: S3Config = {}
    if options.endpoint:
        chosen["endpoint"] = options.endpoint
    if options.region:
        chosen["region"] = options.region
    if options.access_key_id:
        chosen["access_key_id"] = options.access_key_id
    if options.secret_access_key:
        chosen["secret_access_key"] = options.secret_access_key
    if options.session_token:
        chosen["session_token"] = options.session_token
    store = S3Store(
        bucket,
        prefix=prefix or None,
        config=chosen,
        client_options={**_CLIENT, "allow_http": (options.endpoint or "").startswith("http://")},
        retry_config=_RETRIES,
    )
    root = f"s3://{bucket}/{prefix}".rstrip("/")
    return Place(
        root=root,
        shown=f"{root} at {options.endpoint or 'AWS'}",
        store=store,
        secrets=options.secrets,
    )


def _without_credentials(uri: str) -> str:
    """A mistyped URI may carry a key before an @."""
    scheme, mark, rest = uri.partition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2]}"

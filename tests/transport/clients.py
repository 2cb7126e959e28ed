"""A client that does not wait long, and bodies to fetch."""

import gzip
import hashlib

from forgelake.transport import HttpOptions

IMPATIENT = HttpOptions(
    timeout_seconds=0.5,
    attempts=5,
    backoff_seconds=0.001,
    backoff_max_seconds=0.01,
    max_retry_after_seconds=5,
    user_agent="forgelake-tests",
)

HOUR = "/2016-01-01-1.json.gz"
BODY = gzip.compress(hashlib.shake_256(b"this").digest(300_000), mtime=0)
OTHER = gzip.compress(hashlib.shake_256(b"that").digest(200_000), mtime=0)

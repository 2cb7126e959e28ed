"""Whom the machine trusts.

Reading its certificates takes longer than fetching a small file, and every client would do it anew.
"""

import ssl
from functools import cache

import httpx2


@cache
def trusted() -> ssl.SSLContext:
    """The machine's certificates, read once in a process; safe to share between clients and threads."""
    return httpx2.create_ssl_context()

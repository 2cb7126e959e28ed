"""HTTP for downloads of large bodies and for APIs, and the same for local files."""

from forgelake.transport.client import HttpClient, HttpOptions
from forgelake.transport.download import Download, Progress
from forgelake.transport.exchange import ApiClient, Exchange
from forgelake.transport.faults import NotPublishedError
from forgelake.transport.files import copy_file
from forgelake.transport.places import fetch
from forgelake.transport.urls import shown

__all__ = [
    "ApiClient",
    "Download",
    "Exchange",
    "HttpClient",
    "HttpOptions",
    "NotPublishedError",
    "Progress",
    "copy_file",
    "fetch",
    "shown",
]

"""Requests as AWS hands them on to a function."""

from typing import Any


def request(path: str, query: str = "", method: str = "GET", **headers: str) -> dict[str, Any]:
    """A request as a function URL hands it on."""
    http = {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.7", "userAgent": "test"}
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"host": "abc.lambda-url.eu-central-1.on.aws", **headers},
        "requestContext": {"http": http, "requestId": "r", "stage": "$default", "domainName": "abc"},
        "isBase64Encoded": False,
    }

"""Errors of all layers as problems: the one place where an exception becomes a status."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from forgelake.metrics.catalogue import NotFoundError
from forgelake.metrics.values import ParameterError
from forgelake.model.errors import ForgelakeError, RetryError, UsageError
from forgelake.web.problem_page import told
from forgelake.web.problems import Problem

RETRY_AFTER_SECONDS = 5
_METHODS: Final = ("DELETE", "GET", "POST", "PUT", "PATCH")
_SHOWN: Final = 60
"""Characters of a wrong value that the detail repeats."""
_BOUNDS: Final = {
    "ge": "at least {}",
    "le": "at most {}",
    "max_length": "at most {} characters",
    "min_length": "at least {} characters",
}
"""What Pydantic calls a bound, in words."""

_log = structlog.get_logger()


def install(app: FastAPI) -> None:
    """Have the application tell every error as a problem."""
    app.add_exception_handler(Problem, _told)
    app.add_exception_handler(HTTPException, _told)
    app.add_exception_handler(RequestValidationError, _told)
    app.add_exception_handler(ForgelakeError, _told)
    app.add_exception_handler(Exception, _told)


def problem_of(error: Exception) -> Problem:
    """An error as a problem. What only the operator should know is logged; errors that are not ours log themselves."""
    match error:
        case Problem():
            return error
        case RequestValidationError():
            return _invalid(error)
        case HTTPException():
            return Problem(error.status_code, str(error.detail), headers=error.headers)
        case UsageError():
            return _misused(error)
        case RetryError():
            _log.warning("cannot answer now", error=str(error))
            headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
            return Problem(503, "the lake cannot be read at this moment; try again", headers=headers)
        case _:
            if isinstance(error, ForgelakeError):
                _log.error("request failed", error=str(error))
            return Problem(500, "the request failed; the server's log says why")


def _misused(error: UsageError) -> Problem:
    """A parameter that cannot be taken, a metric that is not there, or a question that asks for too much."""
    if isinstance(error, ParameterError):
        good = error.good.removeprefix("one of ").split(", ") if error.good.startswith("one of ") else [error.good]
        return Problem(422, str(error), parameter=error.parameter, value=error.value, good=good)
    if isinstance(error, NotFoundError):
        message = f'there is no metric "{error.name}"'
        return Problem(404, message, parameter="name", value=error.name, good=error.near, see="/api/v1/metrics")
    return Problem(422, str(error))


async def _told(request: Request, error: Exception) -> Response:
    problem = problem_of(error)
    if problem is not error and isinstance(error, HTTPException) and problem.status_code == HTTPStatus.NOT_FOUND:
        path = request.url.path
        problem = Problem(404, f"there is nothing at {path[:200]}", value=path, see="/api/v1/openapi.json")
    headers = {**(problem.headers or {}), "Cache-Control": "no-store"}
    if problem.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = _allowed(request)
    accept = request.headers.get("accept", "")
    body, media_type = told(problem, request.url.path, accept, request.app.state.service.assets)
    return Response(body, problem.status_code, headers, media_type)


def _allowed(request: Request) -> str:
    """The methods that an address takes; the router names those of the first route alone."""

    def taken(method: str) -> bool:
        asked = {**request.scope, "method": method}
        return any(route.matches(asked)[0] is Match.FULL for route in request.app.router.routes)

    return ", ".join(filter(taken, _METHODS))


def _invalid(error: RequestValidationError) -> Problem:
    """The first thing that is wrong; the message names what is wrong, so the next request shows the next one."""
    first: dict[str, Any] = error.errors()[0]
    place, *rest = (str(part) for part in first["loc"])
    if first["type"] == "json_invalid":
        return Problem(400, "the body is not JSON", parameter="body")
    parameter = ".".join(rest) or place
    if first["type"] == "missing":
        return Problem(422, f"{parameter} is missing", parameter=parameter)
    good = _good(first)
    given = first.get("input")
    value = None if isinstance(given, Mapping) else given
    wrong = parameter if value is None else f'{parameter} = "{str(value)[:_SHOWN]}"'
    right = f"{'one of ' if 'expected' in first.get('ctx', {}) else ''}{', '.join(good)}"
    return Problem(422, f"{wrong} is wrong; it should be {right}", parameter=parameter, value=value, good=good)


def _good(error: Mapping[str, Any]) -> list[str]:
    """What would be right, from what Pydantic says of a fault."""
    context = error.get("ctx", {})
    if "expected" in context:
        return re.findall("'([^']*)'", context["expected"])
    if "error" in context:
        return [str(context["error"])]
    return [_BOUNDS[name].format(bound) for name, bound in context.items() if name in _BOUNDS] or [
        error["msg"].removeprefix("Input should be ")
    ]

"""The application put together: routes, refusals, the door in front of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from importlib.metadata import version
from typing import Any

import anyio.to_thread
from fastapi import APIRouter, FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from forgelake.accounts.keys import Keys
from forgelake.accounts.login.entrance import Entrance
from forgelake.accounts.people import People
from forgelake.accounts.sessions import Sessions
from forgelake.metrics.catalogue import Catalogue, folders
from forgelake.metrics.svg import Drawer
from forgelake.pages.assets import Assets
from forgelake.pages.kept import KeptCards
from forgelake.pipelines.context import Context
from forgelake.web import (
    account_cv,
    account_repos,
    account_week,
    accounts,
    alerts,
    answers,
    cards,
    cv,
    health,
    jobs,
    lake,
    login,
    metrics,
    openapi,
    pages,
    people,
    ranking,
    refusals,
    search,
    sql,
    telemetry,
)
from forgelake.web.cache import Cache
from forgelake.web.callers import Callers, anonymous_may_read, is_local
from forgelake.web.door import API, Door
from forgelake.web.refreshing import Refreshing
from forgelake.web.service import Service

_ROUTERS: tuple[APIRouter, ...] = (
    metrics.router, answers.router, search.router, lake.router, jobs.router, alerts.router, sql.router, health.router,
)  # fmt: skip
_METHODS = ["GET", "HEAD", "POST", "DELETE"]
_EXPOSED = ["ETag", "Location", "Preference-Applied", "RateLimit", "RateLimit-Policy", "Retry-After"]


def application(context: Context) -> ASGIApp:
    """Everything that is served, over an open lake.

    Raises:
        ConfigurationError: a metric's definition is wrong.
    """
    settings = context.settings.api
    catalogue = Catalogue.load(folders(context.settings.metrics.folder))
    drawer = Drawer()
    assets = Assets(drawer.bundle, version("vl-convert-python"))
    kept = KeptCards(context.settings.home / "cards")
    known = People(context.state.accounts, context.state.audit)
    sessions = Sessions(context.state.sessions, context.settings.login)
    cache = Cache(settings.cache_mb << 20)
    entrance = Entrance(context.settings, context.state.login_flows, known)
    service = Service(context, context.lake, catalogue, cache, drawer, assets, kept, known, sessions, entrance)
    if local := is_local(context.settings):
        known.local()
    callers = Callers(Keys(context.state.api_keys), sessions, anonymous=anonymous_may_read(settings), local=local)
    served: ASGIApp = Door(routes(service), service, callers)
    if settings.cors_origins:
        origins = settings.cors_origins.split()
        served = CORSMiddleware(
            served, origins, _METHODS, ["Authorization", "If-None-Match", "Prefer"], expose_headers=_EXPOSED
        )
    return served


def routes(service: Service) -> FastAPI:
    """The application without the door."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = service.settings.threads
        yield
        service.cards.close()
        service.drawer.close()

    app = FastAPI(
        openapi_url=f"{API}/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        # The door tells of requests, and leaves out what nobody should read.
        telemetry={"auto_configure": False, "tracing": False, "metrics": False, "logs": False},
        generate_unique_id_function=lambda route: route.name,
    )
    app.router.redirect_slashes = False
    app.state.service = service
    app.state.refreshing = Refreshing()
    app.state.attempts = login.Attempts(service.context.settings.login.attempts_per_minute)
    app.state.gate = sql.Gate(service.settings.sql_queries)
    refusals.install(app)
    for router in _ROUTERS:
        app.include_router(router, prefix=API)
    app.include_router(cards.router)
    app.include_router(cv.router)
    app.include_router(account_cv.router)
    app.include_router(account_week.router)
    app.include_router(ranking.router)
    app.include_router(pages.router)
    app.include_router(accounts.router)
    app.include_router(account_repos.router)
    app.include_router(login.router)
    app.include_router(people.router)
    app.include_router(telemetry.router)

    @cache
    def document() -> dict[str, Any]:
        return openapi.document(app, service.catalogue)

    app.openapi = document  # type: ignore[method-assign]
    return app

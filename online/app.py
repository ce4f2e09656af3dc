"""The composition root of serving: the one place where the parts of the house meet."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from fastapi import APIRouter, Depends, FastAPI

from online.admin.admin_service import AdminService
from online.api import operations_routes
from online.api.auth import dependencies
from online.api.auth.authenticator import Authenticator
from online.api.auth.poll_keys import poll_keys
from online.api.legacy.legacy_routes import legacy_router
from online.api.middleware.degraded_header import DegradedHeader
from online.api.middleware.head_method import HeadAsGet
from online.api.middleware.release_response_cache import ReleaseResponseCache
from online.api.middleware.request_body import BodyLimit
from online.api.middleware.request_context import RequestMiddleware
from online.api.middleware.user_response_cache import UserResponseCache
from online.api.openapi import OpenApiApp
from online.api.problems import install_problems
from online.api.v1 import anonymous_routes, event_routes, experiment_routes, user_routes
from online.api.v1 import release_routes as releases_api
from online.api.v1.recommendation_routes import router as v1_router
from online.bandits.reward_log import RewardLog
from online.bandits.rewards import RewardBuffer
from online.engine.engine import Engine
from online.experiments.lifespan import experiment_lifespan
from online.flow.merchandising import RulesFile
from online.flow.scorers.tfserving import TfServing
from online.runtime.background import running
from online.runtime.blas_threads import single_threaded_blas
from online.runtime.polling import PolledValue
from online.serving.loaded_release import LoadedRelease
from online.serving.metrics import Metrics
from online.serving.release_admin import ReleaseAdmin
from online.serving.release_follower import ReleaseFollower
from online.users.deleted_users import DeletedUsers
from sparrow import __version__
from sparrow.errors import ConfigurationError, DependencyError
from sparrow.feedback.event_log import EventLog
from sparrow.redis.connection import async_redis_client, redis_for
from sparrow.settings import Settings

logger = logging.getLogger(__name__)

_REDIS_SECONDS = 0.5  # a page without its user is better than a page that waits
_QUIET_SECONDS = 2.0  # until a new release prepares what no visitor should wait for
_DISK_SECONDS = 3.0  # an event that is not on the disk by then has to be sent again


def create_app(settings: Settings) -> FastAPI:
    """The REST API; it loads the release when the server starts.

    Raises ConfigurationError when the address would expose an API without keys. Starting raises
    ReleaseError when there is nothing to serve, DependencyError when Sparrow's own Redis does not
    start.
    """
    check_exposure(settings)
    app = OpenApiApp(
        title="Sparrow",
        version=__version__,
        summary="Movie recommendations.",
        docs_url=None,  # the web house has a page for it that loads nothing from remote_scorer
        redoc_url=None,
        lifespan=partial(_lifespan, settings),
    )
    app.state.metrics = Metrics()
    app.state.authenticator = Authenticator(settings.admin_token)
    install_problems(app)
    app.add_middleware(BodyLimit)
    if settings.auth == "off":  # they answer before anybody could ask for a key
        app.add_middleware(ReleaseResponseCache)
        app.add_middleware(UserResponseCache)
    app.add_middleware(DegradedHeader)
    app.add_middleware(RequestMiddleware, observe=app.state.metrics.observe_request)
    app.add_middleware(HeadAsGet)
    for router, requirement in _routers():
        guarded = settings.auth == "keys" and requirement is not None
        app.include_router(router, dependencies=[Depends(requirement)] if guarded else [])
    return app


def _routers() -> Iterator[tuple[APIRouter, Callable[..., Awaitable[None]] | None]]:
    """Every part of the API, and what it asks of its callers when keys are asked for."""
    for reading in (
        legacy_router(),
        v1_router,
        anonymous_routes.router,
        operations_routes.metrics_router,
    ):
        yield reading, dependencies.require_read
    yield event_routes.router, dependencies.require_events
    yield user_routes.router, dependencies.require_by_method
    for open_to_all in (operations_routes.router, experiment_routes.router, releases_api.router):
        yield open_to_all, None  # or asks for itself, with keys or without


def check_exposure(settings: Settings) -> None:
    """Without keys, only this machine may be answered, unless the network is trusted."""
    if settings.allow_unauthenticated or _is_loopback(settings.host):
        return
    if settings.auth == "keys":
        if not settings.demo:
            return
        raise ConfigurationError(
            f"Expected a loopback address as SPARROW_HOST while SPARROW_DEMO is on, got "
            f"{settings.host}: its pages ask for no key and show every user. Turn it off, or set "
            "SPARROW_ALLOW_UNAUTHENTICATED=true if the network is closed."
        )
    raise ConfigurationError(
        f"Expected a loopback address as SPARROW_HOST while SPARROW_AUTH is off, got "
        f"{settings.host}: everybody who reaches it could read all users. Use 127.0.0.1, "
        "SPARROW_AUTH=keys, or SPARROW_ALLOW_UNAUTHENTICATED=true if the network is closed."
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@asynccontextmanager
async def _lifespan(settings: Settings, app: FastAPI) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        stack.enter_context(single_threaded_blas())
        url = _redis_url(settings, stack)
        redis = async_redis_client(url, retries=1, timeout=_REDIS_SECONDS)
        stack.push_async_callback(redis.aclose)
        writing = async_redis_client(url, retries=1, timeout=_DISK_SECONDS)
        stack.push_async_callback(writing.aclose)
        loop, log = asyncio.get_running_loop(), EventLog(writing)
        reward_buffer = RewardBuffer()
        rewards = RewardLog(redis, reward_buffer)
        load = partial(
            LoadedRelease.load,
            redis=redis,
            scorer=settings.scorer,
            reward_buffer=reward_buffer,
            remote_scorer=TfServing.from_settings(settings.scorer, settings.scorer_timeout),
        )
        deleted_users: PolledValue[frozenset[int] | None] = PolledValue(DeletedUsers(redis), None)
        await deleted_users.refresh()
        rules = None if settings.rules is None else RulesFile(settings.rules)
        releases = ReleaseFollower(
            settings.releases,
            redis,
            lambda root: (
                load(root)
                .with_rules(rules)
                .with_bandit(settings.exploration_policy)
                .with_deleted_users(lambda: deleted_users.value)
            ),
            settings.release_poll_seconds,
        )

        if settings.auth == "keys":
            await stack.enter_async_context(poll_keys(url, app.state.authenticator))
        app.state.release_admin = ReleaseAdmin(settings.releases, url)
        count = app.state.metrics.observe_impressions
        app.state.experiment_admin, hooks = await stack.enter_async_context(
            experiment_lifespan(url, count)
        )

        def switch(serving: LoadedRelease) -> None:
            app.state.service = Engine(serving, log, app.state.metrics.observe_page, hooks)
            app.state.metrics.serving(serving.id)
            loop.call_later(_QUIET_SECONDS, lambda: loop.run_in_executor(None, serving.warm_up))

        first = await releases.first()
        switch(first)
        app.state.redis, app.state.releases = redis, releases
        app.state.office = AdminService(
            engine=lambda: app.state.service,
            redis=redis,
            metrics=app.state.metrics,
            release_follower=releases,
            experiment_admin=app.state.experiment_admin,
            release_admin=app.state.release_admin,
            tables=settings.tables,
        )
        async with running(releases.loop(first, switch), rewards.loop, deleted_users.loop):
            yield


def _redis_url(settings: Settings, stack: AsyncExitStack) -> str:
    """Redis' address; one that is named but away will be back, so the server starts without it."""
    try:
        return stack.enter_context(redis_for(settings))
    except DependencyError as error:
        if settings.redis_url is None:
            raise
        logger.warning("Starting without Redis", extra={"why": str(error)})
        return settings.redis_url

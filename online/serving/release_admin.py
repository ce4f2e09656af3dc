"""Administration of releases: list, activate, roll back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from online.catalogue.catalogue import Catalogue
from sparrow.errors import ConflictError, DependencyError, NotFoundError, ReleaseError
from sparrow.redis import keys
from sparrow.redis.connection import redis_client
from sparrow.release import active_release
from sparrow.release.active_release import ReleaseSwitch
from sparrow.release.manifest import Manifest, list_releases
from sparrow.release.release_folder import Release

_SECONDS = 3.0


@dataclass(frozen=True)
class ReleaseInfo:
    """A complete release."""

    id: str
    created_at: str  # ISO 8601, UTC
    dataset: dict[str, Any]
    default_model: str
    metrics: dict[str, dict[str, float]]  # model → metric → value on the test part
    active: bool
    features: str  # fingerprint of the feature set
    code_version: str
    as_of: int  # seconds since 1970: one after the last event of the release
    in_redis: bool  # only such a release can be activated


@dataclass(frozen=True)
class ReleaseList:
    """All complete releases, the newest first."""

    active: str | None
    activations: list[str]  # ids, the last one first; a rollback returns to the second
    releases: list[ReleaseInfo]


@dataclass(frozen=True)
class ReleaseChange:
    """Another release becomes active; every process follows within a second."""

    left: str | None
    activated: str


class ReleaseAdmin:
    """Reads and sets the active release; every method raises DependencyError while Redis is
    down.
    """

    def __init__(self, folder: Path, url: str) -> None:
        self._folder = folder
        self._url = url

    def all(self) -> ReleaseList:
        """All releases, the active one, and the activations."""
        manifests = list_releases(self._folder)[::-1]
        with self._redis() as redis:
            active, activations = active_release.current(redis), active_release.activations(redis)
            return ReleaseList(
                active,
                activations,
                [_release_info(redis, manifest, active) for manifest in manifests],
            )

    def switches(self) -> list[ReleaseSwitch]:
        """All activations with their time, the newest first."""
        with self._redis() as redis:
            return active_release.switches(redis)

    def activate(self, release: str) -> ReleaseChange:
        """Activate a release.

        Raises NotFoundError for an unknown one, ConflictError for one that cannot be served.
        """
        if release not in (manifest.id for manifest in list_releases(self._folder)):
            raise NotFoundError(f"There is no complete release {release}.")
        with self._redis() as redis, _conflicts():
            Catalogue.load(Release.open(self._folder / release))  # as every server will
            left = active_release.current(redis)
            active_release.activate(redis, release)
        return ReleaseChange(left, release)

    def rollback(self) -> ReleaseChange:
        """Activate the release that was active before; ConflictError if there is none."""
        with self._redis() as redis, _conflicts():
            return ReleaseChange(*active_release.rollback(redis))

    @contextmanager
    def _redis(self) -> Iterator[Redis]:
        try:
            with redis_client(self._url, retries=0, timeout=_SECONDS) as redis:
                yield redis
        except (RedisError, OSError) as error:
            raise DependencyError(f"Redis cannot be asked for releases ({error}).") from error


def _release_info(redis: Redis, manifest: Manifest, active: str | None) -> ReleaseInfo:
    return ReleaseInfo(
        id=manifest.id,
        created_at=manifest.created_at,
        dataset=manifest.dataset,
        default_model=manifest.default_model,
        metrics=manifest.metrics,
        active=manifest.id == active,
        features=manifest.feature_set_fingerprint,
        code_version=manifest.code_version,
        as_of=manifest.as_of,
        in_redis=bool(redis.exists(keys.manifest(manifest.id))),
    )


@contextmanager
def _conflicts() -> Iterator[None]:
    """Errors of a release are conflicts, not failures of the server."""
    try:
        yield
    except ReleaseError as error:
        raise ConflictError(str(error)) from error

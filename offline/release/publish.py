"""Publishing: check a release by the quality gate, assemble it, write it to Redis, activate it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis

from offline.release import quality_gate
from offline.release.assemble import assemble
from offline.release.candidate import ReleaseCandidate
from offline.release.redis_writer import RedisTarget, write_rows
from offline.runtime.spark import is_local
from offline.runtime.step import RunContext
from sparrow.errors import ConfigurationError, ReleaseError
from sparrow.features.declarations import Entity
from sparrow.redis import keys
from sparrow.redis.connection import redis_client
from sparrow.release import active_release
from sparrow.release.manifest import Manifest, list_releases
from sparrow.release.release_folder import Release
from sparrow.system.files import atomic_folder
from sparrow.vectors.cold_start import has_stored_user_vectors


def publish(
    context: RunContext, candidate: ReleaseCandidate, redis_url: str, force: bool
) -> Manifest:
    """Publishes and activates the release, unless the active one has the same inputs.

    Returns the active release's manifest. On an error the previous release stays active.
    Raises QualityGateError when the candidate is worse, unless `force`.
    """
    client, manifest = redis_client(redis_url), candidate.manifest
    try:
        serving = active_release.manifest(client)
        if (
            serving
            and serving.input_fingerprint == manifest.input_fingerprint
            and _is_on_disk(context, serving)
        ):
            context.console.print(f"[green]✓[/] publish: {serving.id} serves these inputs already")
            return serving
        if force:
            context.console.print("quality gate: passed by with --force")
        else:
            verdict = quality_gate.check_release(
                manifest, serving, context.settings.quality_gate_max_auc_drop
            )
            context.console.print(f"[green]✓[/] quality gate: {verdict}")
        root = context.settings.releases / manifest.id
        with (
            context.console.status("publish: assembling the release"),
            atomic_folder(root) as folder,
        ):
            assemble(context, candidate.parts, manifest, folder)
        with (
            context.console.status("publish: writing rows to Redis"),
            _rollback_on_error(root, client),
        ):
            write(context, Release.open(root), redis_url)
        active_release.activate(client, manifest.id)
        context.console.print(f"[green]✓[/] publish: {manifest.id} serves")
        prune(context, client)
        return manifest
    finally:
        client.close()


def _is_on_disk(context: RunContext, manifest: Manifest) -> bool:
    return (context.settings.releases / manifest.id / "manifest.json").exists()


@contextmanager
def _rollback_on_error(root: Path, client: Redis) -> Iterator[None]:
    """Removes the folder and keys of a release whose rows could not be written."""
    try:
        yield
    except BaseException:
        remove(root)
        active_release.purge(client, [root.name])
        raise


def remove(root: Path) -> None:
    """Deletes a release's folder, its manifest first, so that a partial folder is no release."""
    (root / "manifest.json").unlink(missing_ok=True)
    shutil.rmtree(root)


def write(context: RunContext, release: Release, redis_url: str) -> None:
    """Writes a release's rows to Redis under its own prefix, its manifest last.

    Raises ConfigurationError when executors on other machines could not reach Sparrow's own Redis.
    """
    if context.settings.redis_url is None and not is_local(context.settings.spark_master):
        raise ConfigurationError(
            f"Expected SPARROW_REDIS_URL with Spark on {context.settings.spark_master}: its "
            "executors cannot reach the Redis that Sparrow starts on this machine."
        )
    learnt = tuple(name for name in release.manifest.embeddings if has_stored_user_vectors(name))
    target = RedisTarget(redis_url, release.manifest.id, release.features, learnt)
    for entity, folder in ((Entity.USER, "users"), (Entity.MOVIE, "movies")):
        write_rows(context.spark.read.parquet(str(release.root / folder)), entity, target)
    client = redis_client(redis_url)
    client.set(keys.manifest(release.manifest.id), release.manifest.to_json())
    client.close()


def activate(context: RunContext, release: str, redis_url: str) -> None:
    """Activates a stored release; rows that are no longer in Redis are written again.

    Raises ReleaseError when there is no such release.
    """
    root: Path = context.settings.releases / release
    if not root.is_dir():
        raise ReleaseError(f"Expected a release in {root}: `sparrow releases` lists those kept.")
    client = redis_client(redis_url)
    try:
        if not client.exists(keys.manifest(release)):
            write(context, Release.open(root), redis_url)
        active_release.activate(client, release)
    finally:
        client.close()


def prune(context: RunContext, client: Redis) -> None:
    """Deletes all but the newest `keep_releases` and the two that were active last."""
    known = [m.id for m in list_releases(context.settings.releases)]
    kept = {*known[-context.settings.keep_releases :], *active_release.activations(client)[:2]}
    gone = [release for release in known if release not in kept]
    active_release.purge(client, gone)
    for release in gone:
        remove(context.settings.releases / release)

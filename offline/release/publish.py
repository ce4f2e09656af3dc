"""Publishing: a new release is assembled, passes the gate, is written to Redis, and then serves."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis

from offline.release import quality_gate
from offline.release.assemble import assemble
from offline.release.candidate import Candidate
from offline.release.redis_writer import Destination, write_rows
from offline.runtime.spark import is_local
from offline.runtime.step import Workspace
from sparrow.errors import ConfigurationError, ReleaseError
from sparrow.features.declarations import Entity
from sparrow.redis import keys
from sparrow.redis.connection import redis_client
from sparrow.release import active_release
from sparrow.release.manifest import Manifest, complete_releases
from sparrow.release.release_folder import Release
from sparrow.system.files import atomic_folder
from sparrow.vectors.cold_start import has_stored_viewers


def publish(space: Workspace, candidate: Candidate, redis_url: str, force: bool) -> Manifest:
    """Makes the release serve, unless the one that serves was made of the same inputs.

    Returns the manifest of what serves now. Whatever fails, the release that served still does.
    Raises QualityGateError when the candidate is worse, unless `force`.
    """
    client, manifest = redis_client(redis_url), candidate.manifest
    try:
        serving = active_release.manifest(client)
        if serving and serving.inputs == manifest.inputs and _kept(space, serving):
            space.console.print(f"[green]✓[/] publish: {serving.id} serves these inputs already")
            return serving
        if force:
            space.console.print("quality gate: passed by with --force")
        else:
            verdict = quality_gate.check(manifest, serving, space.settings.gate_tolerance)
            space.console.print(f"[green]✓[/] quality gate: {verdict}")
        root = space.settings.releases / manifest.id
        with space.console.status("publish: assembling the release"), atomic_folder(root) as folder:
            assemble(space, candidate.parts, manifest, folder)
        with space.console.status("publish: writing rows to Redis"), _undone(root, client):
            write(space, Release.open(root), redis_url)
        active_release.activate(client, manifest.id)
        space.console.print(f"[green]✓[/] publish: {manifest.id} serves")
        prune(space, client)
        return manifest
    finally:
        client.close()


def _kept(space: Workspace, manifest: Manifest) -> bool:
    return (space.settings.releases / manifest.id / "manifest.json").exists()


@contextmanager
def _undone(root: Path, client: Redis) -> Iterator[None]:
    """Removes a release, folder and keys, whose rows could not be written."""
    try:
        yield
    except BaseException:
        remove(root)
        active_release.forget(client, [root.name])
        raise


def remove(root: Path) -> None:
    """Deletes a release's folder, its manifest first: what is left of it is not a release."""
    (root / "manifest.json").unlink(missing_ok=True)
    shutil.rmtree(root)


def write(space: Workspace, release: Release, redis_url: str) -> None:
    """Writes a release's rows to Redis under its own prefix, its manifest last.

    Raises ConfigurationError when executors on other machines could not reach Sparrow's own Redis.
    """
    if space.settings.redis_url is None and not is_local(space.settings.spark_master):
        raise ConfigurationError(
            f"Expected SPARROW_REDIS_URL together with Spark on {space.settings.spark_master}: its "
            "executors cannot reach the Redis that Sparrow starts on this machine."
        )
    learnt = tuple(name for name in release.manifest.embeddings if has_stored_viewers(name))
    destination = Destination(redis_url, release.manifest.id, release.features, learnt)
    for entity, folder in ((Entity.USER, "users"), (Entity.MOVIE, "movies")):
        write_rows(space.spark.read.parquet(str(release.root / folder)), entity, destination)
    client = redis_client(redis_url)
    client.set(keys.manifest(release.manifest.id), release.manifest.to_json())
    client.close()


def activate(space: Workspace, release: str, redis_url: str) -> None:
    """Lets a kept release serve; one whose rows are no longer in Redis is written there again.

    Raises ReleaseError when there is no such release.
    """
    root: Path = space.settings.releases / release
    if not root.is_dir():
        raise ReleaseError(f"Expected a release in {root}: `sparrow releases` lists those kept.")
    client = redis_client(redis_url)
    try:
        if not client.exists(keys.manifest(release)):
            write(space, Release.open(root), redis_url)
        active_release.activate(client, release)
    finally:
        client.close()


def prune(space: Workspace, client: Redis) -> None:
    """Forgets all but the newest `keep_releases`, and never the two that served last."""
    known = [m.id for m in complete_releases(space.settings.releases)]
    kept = {*known[-space.settings.keep_releases :], *active_release.activations(client)[:2]}
    gone = [release for release in known if release not in kept]
    active_release.forget(client, gone)
    for release in gone:
        remove(space.settings.releases / release)

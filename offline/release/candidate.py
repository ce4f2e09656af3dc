"""The release that the present results of the steps make."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import xxhash

import sparrow
from offline.embeddings import step as embeddings
from offline.embeddings.content import step as content
from offline.embeddings.two_tower import step as two_tower
from offline.embeddings.vectors.index import figures_of
from offline.features.step import load_feature_set
from offline.ranker import selection_step
from offline.release.assemble import Parts
from offline.runtime.step import Workspace, record
from offline.training.plan import training_steps
from offline.training.step import MODEL, metrics_of
from sparrow.release.manifest import Manifest
from sparrow.vectors.cold_start import TWO_TOWER


def candidate(space: Workspace) -> Candidate:
    """The release that the steps' present results make.

    Raises DataError naming the step that has not run.
    """
    trained = {model: space.folder(name) for model, name in training_steps(space.settings).items()}
    recall, boxes = space.folder("embeddings"), space.folder("content")
    vectors, similarities = embeddings.parts_of(recall)
    ranker = space.folder(selection_step.NAME)
    verdict = selection_step.verdict_of(ranker)
    metrics = {model: metrics_of(folder) for model, folder in trained.items()}
    metrics[LISTS] = verdict["ndcg"][verdict["default"]]
    movies_alone, towers = content.parts_of(boxes), []
    if two_tower.enabled(space.settings):
        towers = [space.folder("retrieval")]
        made = towers[0] / TWO_TOWER
        movies_alone[TWO_TOWER] = made / "movies"
        metrics |= {TWO_TOWER: two_tower.metrics_of(towers[0])}
        metrics |= figures_of({TWO_TOWER: made})
    parts = Parts(
        features=space.folder("features"),
        samples=space.folder("samples-time"),
        embeddings=vectors,
        content=movies_alone,
        similarities=similarities,
        stats=space.folder("stats"),
        models={model: folder / MODEL for model, folder in trained.items()}
        | selection_step.models_of(ranker),
    )
    plain = (parts.features, parts.samples, recall, boxes, parts.stats, ranker)
    inputs = _inputs([*plain, *towers, *trained.values()])
    now = datetime.now(UTC)
    manifest = Manifest(
        id=release_id(now, inputs),
        created_at=now.isoformat(timespec="seconds"),
        dataset=space.dataset(),
        features=load_feature_set(parts.features).fingerprint,
        code_version=sparrow.__version__,
        as_of=int((parts.features / "as_of.json").read_text()),
        default_model=verdict["default"],
        metrics=metrics | figures_of(vectors),
        embeddings=(*vectors, *parts.content),
        similarities=tuple(similarities),
        parameters={},
        inputs=inputs,
    )
    return Candidate(parts, manifest)


def _inputs(folders: list[Path]) -> str:
    prints = [record(folder)["fingerprint"] for folder in folders]
    return xxhash.xxh3_128_hexdigest(" ".join(prints).encode())


LISTS = "lists"
"""Under this name a release's metrics have the NDCG of what orders its lists, by situation."""


@dataclass(frozen=True)
class Candidate:
    """A release about to be made: the folders it is made of, and its manifest."""

    parts: Parts
    manifest: Manifest


def release_id(now: datetime, inputs: str) -> str:
    """Ids sort by time, and end with a piece of the fingerprint of what went in."""
    return f"{now:%Y%m%dT%H%M%S}-{inputs[:6]}"

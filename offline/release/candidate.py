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
from offline.embeddings.vectors.index import index_metrics
from offline.features.step import load_feature_set
from offline.ranker import selection_step
from offline.release.assemble import ReleaseInputs
from offline.runtime.step import RunContext, metadata
from offline.training.plan import training_steps
from offline.training.step import MODEL, metrics_of
from sparrow.release.manifest import Manifest
from sparrow.vectors.cold_start import TWO_TOWER


def candidate(context: RunContext) -> ReleaseCandidate:
    """The release that the steps' present results make.

    Raises DataError naming the step that has not run.
    """
    trained = {
        model: context.output_of(name) for model, name in training_steps(context.settings).items()
    }
    vectors_output, content_output = context.output_of("embeddings"), context.output_of("content")
    vectors, similarities = embeddings.output_folders(vectors_output)
    ranker = context.output_of(selection_step.NAME)
    verdict = selection_step.read_verdict(ranker)
    metrics = {model: metrics_of(folder) for model, folder in trained.items()}
    metrics[LISTS] = verdict["ndcg"][verdict["default"]]
    item_only, towers = content.output_folders(content_output), []
    if two_tower.enabled(context.settings):
        towers = [context.output_of("retrieval")]
        made = towers[0] / TWO_TOWER
        item_only[TWO_TOWER] = made / "movies"
        metrics |= {TWO_TOWER: two_tower.metrics_of(towers[0])}
        metrics |= index_metrics({TWO_TOWER: made})
    parts = ReleaseInputs(
        features=context.output_of("features"),
        samples=context.output_of("samples-time"),
        embeddings=vectors,
        content=item_only,
        similarities=similarities,
        stats=context.output_of("stats"),
        models={model: folder / MODEL for model, folder in trained.items()}
        | selection_step.models_of(ranker),
    )
    plain = (parts.features, parts.samples, vectors_output, content_output, parts.stats, ranker)
    inputs = _inputs([*plain, *towers, *trained.values()])
    now = datetime.now(UTC)
    manifest = Manifest(
        id=release_id(now, inputs),
        created_at=now.isoformat(timespec="seconds"),
        dataset=context.dataset(),
        feature_set_fingerprint=load_feature_set(parts.features).fingerprint,
        code_version=sparrow.__version__,
        as_of=int((parts.features / "as_of.json").read_text()),
        default_model=verdict["default"],
        metrics=metrics | index_metrics(vectors),
        embeddings=(*vectors, *parts.content),
        similarities=tuple(similarities),
        parameters={},
        input_fingerprint=inputs,
    )
    return ReleaseCandidate(parts, manifest)


def _inputs(folders: list[Path]) -> str:
    prints = [metadata(folder)["fingerprint"] for folder in folders]
    return xxhash.xxh3_128_hexdigest(" ".join(prints).encode())


LISTS = "lists"
"""Under this name a release's metrics have the NDCG of what orders its lists, by situation."""


@dataclass(frozen=True)
class ReleaseCandidate:
    """A release about to be made: the folders it is made of, and its manifest."""

    parts: ReleaseInputs
    manifest: Manifest


def release_id(now: datetime, inputs: str) -> str:
    """Ids sort by time, and end with a piece of the fingerprint of what went in."""
    return f"{now:%Y%m%dT%H%M%S}-{inputs[:6]}"

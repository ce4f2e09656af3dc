"""The offline pipeline: which steps there are, in which order, and what a release is made of."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import xxhash

import sparrow
from offline.embeddings import step as embeddings
from offline.embeddings.content import step as content
from offline.embeddings.two_tower import step as two_tower
from offline.embeddings.vectors.index import figures_of
from offline.features import statistics
from offline.features import step as features
from offline.features.step import load_feature_set
from offline.ranker import gate_step, selection_step
from offline.ranker.lists import step as lists_step
from offline.release.assemble import Parts
from offline.release.publish import Candidate, release_id
from offline.runtime.step import Step, Workspace, record
from offline.samples import step as samples
from offline.samples.step import Split
from offline.training import step as training_step
from offline.training.step import MODEL, metrics_of
from sparrow.errors import ConfigurationError
from sparrow.release.manifest import Manifest
from sparrow.settings import Settings
from sparrow.vectors.cold_start import TWO_TOWER

LISTS = "lists"
"""Under this name a release's metrics have the NDCG of what orders its lists, by situation."""


def steps(settings: Settings) -> list[Step]:
    """All that a release needs, in an order in which each finds what it reads."""
    return [
        features.step(settings),
        samples.step(settings, "time"),
        embeddings.step(settings),
        content.step(settings),
        statistics.step(settings),
        lists_step.step(settings),
        gate_step.step(settings),
        *(training_step.step(settings, model, "time") for model in ranking_models(settings)),
        *([two_tower.step(settings)] if two_tower.enabled(settings) else ()),
        selection_step.step(settings, training_steps(settings)),
    ]


def ranking_models(settings: Settings) -> list[str]:
    """Names of the models that a release has.

    Raises ConfigurationError when the setting names none.
    """
    names = [name.strip() for name in settings.models.split(",") if name.strip()]
    if not names:
        raise ConfigurationError(
            "Expected at least one model in SPARROW_MODELS, got none: name one, or unset it."
        )
    return list(dict.fromkeys(names))


def training_steps(settings: Settings) -> dict[str, str]:
    """The training step of each model of a release."""
    return {model: training_step.name(model, "time") for model in ranking_models(settings)}


def best_model(space: Workspace) -> str:
    """The model of SPARROW_MODELS whose lists are best, which a release has as its ranker.

    Raises DataError naming the model's step that has not run.
    """
    from offline.ranker.ranker_training import list_ndcg_of

    trained = {model: space.folder(name) for model, name in training_steps(space.settings).items()}
    return max(trained, key=lambda model: list_ndcg_of(trained[model]))


def evaluation_steps(settings: Settings, model: str, split: Split) -> list[Step]:
    """What has to be there before a model's figures on a split can be printed."""
    return [*training_needs(settings, split), training_step.step(settings, model, split)]


def training_needs(settings: Settings, split: Split) -> list[Step]:
    """What training on a split reads."""
    plain = [features.step(settings), samples.step(settings, split)]
    if split == "random":
        return plain
    lists = [embeddings.step(settings), content.step(settings), lists_step.step(settings)]
    return [*plain, *lists, gate_step.step(settings)]


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

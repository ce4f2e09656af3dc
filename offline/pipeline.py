"""The offline pipeline: which steps there are, in which order, and what a release is made of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import xxhash

import sparrow
from offline import (
    backtest,
    content,
    features,
    model_weight,
    samples,
    statistics,
    training_step,
)
from offline.embeddings import step as embeddings
from offline.embeddings.two_tower import step as two_tower
from offline.features import load_feature_set
from offline.indexing import figures_of
from offline.publish import Candidate, release_id
from offline.recall.als import AlsConfig
from offline.release_folder import Parts
from offline.samples import Split
from offline.steps import Step, Workspace, record
from offline.training_step import metrics_of
from sparrow.errors import ConfigurationError
from sparrow.release import Manifest
from sparrow.settings import Settings


def steps(settings: Settings) -> list[Step]:
    """All that a release needs, in an order in which each finds what it reads."""
    return [
        features.step(settings),
        samples.step(settings, "time"),
        embeddings.step(settings),
        content.step(settings),
        statistics.step(settings),
        *(training_step.step(settings, model, "time") for model in ranking_models(settings)),
        *([two_tower.step(settings)] if two_tower.enabled(settings) else ()),
        backtest.step(settings),
        model_weight.step(settings, ranking_models(settings)),
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


def evaluation_steps(settings: Settings, model: str, split: Split) -> list[Step]:
    """What has to be there before a model's figures on a split can be printed."""
    return [
        features.step(settings),
        samples.step(settings, split),
        training_step.step(settings, model, split),
    ]


EQUAL = 0.001
"""Validation AUC by which models may differ without one being better: less than chance makes."""


def best_model(space: Workspace) -> str:
    """The model of SPARROW_MODELS that is best on validation: a release's default.

    Of equals it is the one named first; name the quicker ones first. Raises DataError naming the
    model's step that has not run.
    """
    return best_of({m: training_step.validation_auc(f) for m, f in _trained(space).items()})


def best_of(validation_auc: Mapping[str, float]) -> str:
    """The first of the models that nothing is better than by more than EQUAL."""
    enough = max(validation_auc.values()) - EQUAL
    return next(model for model, auc in validation_auc.items() if auc >= enough)


def _trained(space: Workspace) -> dict[str, Path]:
    return {
        model: space.folder(training_step.name(model, "time"))
        for model in ranking_models(space.settings)
    }


def candidate(space: Workspace) -> Candidate:
    """The release that the steps' present results make.

    Raises DataError naming the step that has not run.
    """
    trained = _trained(space)
    recall, boxes = space.folder("embeddings"), space.folder("content")
    vectors, similarities = embeddings.parts_of(recall)
    metrics = {model: metrics_of(folder) for model, folder in trained.items()}
    movies_alone, towers = content.parts_of(boxes), []
    if two_tower.enabled(space.settings):
        towers = [space.folder("retrieval")]
        made = towers[0] / two_tower.NAME
        movies_alone[two_tower.NAME] = made / "movies"
        metrics |= {two_tower.NAME: two_tower.metrics_of(towers[0])}
        metrics |= figures_of({two_tower.NAME: made})
    parts = Parts(
        features=space.folder("features"),
        samples=space.folder("samples-time"),
        embeddings=vectors,
        content=movies_alone,
        similarities=similarities,
        stats=space.folder("stats"),
        models=trained,
    )
    chosen, weighed = space.folder("backtest"), space.folder("model-weight")
    plain = (parts.features, parts.samples, recall, boxes, parts.stats, chosen, weighed)
    inputs = _inputs([*plain, *towers, *trained.values()])
    now = datetime.now(UTC)
    manifest = Manifest(
        id=release_id(now, inputs),
        created_at=now.isoformat(timespec="seconds"),
        dataset=space.dataset(),
        features=load_feature_set(parts.features).fingerprint,
        code_version=sparrow.__version__,
        as_of=int((parts.features / "as_of.json").read_text()),
        default_model=best_model(space),
        metrics=metrics | figures_of(vectors),
        embeddings=(*vectors, *parts.content),
        similarities=tuple(similarities),
        parameters={
            **AlsConfig().constants,
            **backtest.parameters_of(chosen),
            **model_weight.parameters_of(weighed),
        },
        inputs=inputs,
    )
    return Candidate(parts, manifest)


def _inputs(folders: list[Path]) -> str:
    prints = [record(folder)["fingerprint"] for folder in folders]
    return xxhash.xxh3_128_hexdigest(" ".join(prints).encode())

"""The offline pipeline: its steps and their order."""

from __future__ import annotations

from offline.embeddings import step as embeddings
from offline.embeddings.content import step as content
from offline.embeddings.two_tower import step as two_tower
from offline.features import statistics
from offline.features import step as features
from offline.ranker import gate_step, selection_step
from offline.ranker.lists import step as lists_step
from offline.runtime.step import Step
from offline.samples import step as samples
from offline.training import step as training_step
from offline.training.plan import ranking_models, training_steps
from sparrow.settings import Settings


def steps(settings: Settings) -> list[Step]:
    """All steps of a release, each after the steps that it depends on."""
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

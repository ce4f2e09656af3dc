"""Which steps training needs, and which models a release trains."""

from __future__ import annotations

from offline.embeddings import step as embeddings
from offline.embeddings.content import step as content
from offline.features import step as features
from offline.ranker import gate_step
from offline.ranker.lists import step as lists_step
from offline.runtime.step import RunContext, Step
from offline.samples import step as samples
from offline.samples.splits import Split
from offline.training import step as training_step
from sparrow.errors import ConfigurationError
from sparrow.settings import Settings


def ranking_models(settings: Settings) -> list[str]:
    """Names of the models that a release has.

    Raises ConfigurationError when the setting names none.
    """
    names = [name.strip() for name in settings.ranking_models.split(",") if name.strip()]
    if not names:
        raise ConfigurationError(
            "Expected at least one model in SPARROW_RANKING_MODELS, got none: add one or unset it."
        )
    return list(dict.fromkeys(names))


def training_steps(settings: Settings) -> dict[str, str]:
    """The training step of each model of a release."""
    return {model: training_step.name(model, "time") for model in ranking_models(settings)}


def training_needs(settings: Settings, split: Split) -> list[Step]:
    """The steps that training on a split needs."""
    plain = [features.step(settings), samples.step(settings, split)]
    if split == "random":
        return plain
    lists = [embeddings.step(settings), content.step(settings), lists_step.step(settings)]
    return [*plain, *lists, gate_step.step(settings)]


def evaluation_steps(settings: Settings, model: str, split: Split) -> list[Step]:
    """The steps that a model's metrics on a split need."""
    return [*training_needs(settings, split), training_step.step(settings, model, split)]


def best_model(context: RunContext) -> str:
    """The model of SPARROW_RANKING_MODELS with the best list NDCG: the ranker of a release.

    Raises DataError naming the model's step that has not run.
    """
    from offline.ranker.ranker_training import list_ndcg_of

    trained = {
        model: context.output_of(name) for model, name in training_steps(context.settings).items()
    }
    return max(trained, key=lambda model: list_ndcg_of(trained[model]))

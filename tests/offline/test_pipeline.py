"""Which steps make a release, and what each of them waits for."""

from __future__ import annotations

import pytest

from offline.pipeline import steps
from offline.ranker import gate_step, selection_step
from offline.ranker.lists import step as lists_step
from offline.runtime.step import Step
from offline.training import step as training_step
from offline.training.plan import evaluation_steps, ranking_models, training_needs
from sparrow.errors import ConfigurationError
from sparrow.settings import Settings

SETTINGS = Settings(ranking_models="din, lr,din,")


def test_every_step_comes_behind_what_it_reads() -> None:
    done: set[str] = set()
    for step in steps(SETTINGS):
        assert set(step.depends_on) <= done, step.name
        done.add(step.name)
    assert len(done) == len(steps(SETTINGS))
    assert {"train-din-time", "train-lr-time", lists_step.NAME, selection_step.NAME} <= done


def test_models_are_named_once_and_at_least_one() -> None:
    assert ranking_models(SETTINGS) == ["din", "lr"]
    with pytest.raises(ConfigurationError, match="SPARROW_RANKING_MODELS"):
        ranking_models(Settings(ranking_models=" , "))


@pytest.mark.parametrize(("split", "ranks"), [("time", True), ("random", False)])
def test_only_the_split_by_time_trains_on_lists(split: training_step.Split, ranks: bool) -> None:
    training = training_step.step(SETTINGS, "din", split)
    of_ranker = {lists_step.NAME, gate_step.NAME}
    assert set(training.depends_on) == {f"samples-{split}", *(of_ranker if ranks else ())}
    named = {step.name for step in training_needs(SETTINGS, split)}
    assert (of_ranker <= named) is ranks
    done: set[str] = set()
    for step in evaluation_steps(SETTINGS, "din", split):
        assert set(step.depends_on) <= done, step.name
        done.add(step.name)


def test_the_choice_waits_for_every_model_of_the_release() -> None:
    def choice(models: str) -> Step:
        return steps(SETTINGS.model_copy(update={"ranking_models": models}))[-1]

    assert {"train-din-time", "train-lr-time"} <= set(choice("din,lr").depends_on)
    assert "train-lr-time" not in choice("din").depends_on
    assert choice("din,lr").parameters != choice("lr,din").parameters

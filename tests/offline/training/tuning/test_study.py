"""The search for hyper-parameters, on the checkerboard."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import optuna
import pytest
from optuna.trial import TrialState
from rich.console import Console
from typer.testing import CliRunner

from offline.models.registry import MODELS, model_spec
from offline.runtime.step import RunContext
from offline.training.cli import app
from offline.training.tuning.search_space import apply_choices, choices_of, space_of
from offline.training.tuning.study import study_of, tune
from sparrow.errors import ConfigurationError, DataError
from sparrow.settings import Settings

pytestmark = pytest.mark.tensorflow

CONFIGS = """\
# Found by hand.

[lr]
epochs = 2
learning_rate = 0.0004  # too low

[fm]
epochs = 1
"""


def imported(data_dir: Path, samples: Path) -> RunContext:
    """A workspace in which the samples' step has run."""
    settings = Settings(data_dir=data_dir, dataset="world")
    settings.tables.mkdir(parents=True)
    (settings.tables / "dataset.json").write_text(json.dumps({"name": "world"}))
    shutil.copytree(samples, settings.work_dir / "samples-time")
    resampled(settings, "first")
    return RunContext(settings, Console(quiet=True))


def resampled(settings: Settings, fingerprint: str) -> None:
    written = json.dumps({"fingerprint": fingerprint, "seconds": 1})
    (settings.work_dir / "samples-time" / "step.json").write_text(written)


@pytest.fixture
def configs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "configs.toml"
    file.write_text(CONFIGS)
    monkeypatch.setattr("offline.models.registry.CONFIGS", file)
    return file


def test_a_search_begins_with_what_is_configured_and_goes_on_where_it_stood(
    tmp_path: Path, configs: Path, checkerboard_samples: Path
) -> None:
    space = imported(tmp_path, checkerboard_samples)
    before = model_spec("lr").config
    first = tune(space, "lr", 2).get_trials()
    assert apply_choices(before, first[0].params) == before
    assert sorted(first[0].intermediate_values) == [1, 2]  # an AUC for each epoch
    more = tune(space, "lr", 3).get_trials()
    assert [t.params for t in more[:2]] == [t.params for t in first]
    assert len({t.params["learning_rate"] for t in more}) == 3
    assert len(tune(space, "lr", 3).trials) == 3
    resampled(space.settings, "second")
    assert study_of(space, "lr", space.output_of("samples-time")).best_trials == []


def test_one_command_puts_the_best_values_where_training_reads_them(
    tmp_path: Path, configs: Path, checkerboard_samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported(tmp_path, checkerboard_samples)
    monkeypatch.setenv("SPARROW_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SPARROW_DATASET", "world")
    ask = ["tune", "--model", "lr", "--trials", "3"]
    printed = CliRunner().invoke(app, ask, catch_exceptions=False)
    assert "[lr]" in printed.output
    assert "3 trials" in printed.output
    assert configs.read_text() == CONFIGS
    CliRunner().invoke(app, [*ask, "--out", str(configs)], catch_exceptions=False)
    text = configs.read_text()
    assert text.startswith("# Found by hand.")
    assert "[fm]\nepochs = 1\n" in text
    assert "on validation of world" in text
    storage = f"sqlite:///{tmp_path / 'work' / 'world' / 'tune' / 'lr.db'}"
    (name,) = optuna.get_all_study_names(storage)
    best = optuna.load_study(study_name=name, storage=storage).best_trial
    config = model_spec("lr").config
    assert config.epochs == 2
    assert apply_choices(config, best.params) == config


def test_a_trial_worse_than_the_others_ends_early(
    tmp_path: Path, configs: Path, checkerboard_samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    always = optuna.pruners.ThresholdPruner(lower=1.1)
    monkeypatch.setattr("optuna.pruners.MedianPruner", lambda **_: always)
    (trial,) = tune(imported(tmp_path, checkerboard_samples), "lr", 1).get_trials()
    assert trial.state is TrialState.PRUNED
    assert list(trial.intermediate_values) == [1]


@pytest.mark.parametrize("model", MODELS)
def test_what_is_configured_lies_within_the_search_space(model: str) -> None:
    space, config = space_of(model), model_spec(model).config
    choices = choices_of(config, space)
    assert all(space[name]._contains(space[name].to_internal_repr(choices[name])) for name in space)
    assert apply_choices(config, choices) == config


def test_an_unknown_model_and_missing_samples_are_refused(tmp_path: Path) -> None:
    space = RunContext(Settings(data_dir=tmp_path, dataset="world"), Console(quiet=True))
    with pytest.raises(ConfigurationError, match="oracle"):
        tune(space, "oracle", 1)
    with pytest.raises(DataError, match="samples-time"):
        tune(space, "lr", 1)

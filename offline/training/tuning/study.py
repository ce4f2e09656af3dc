"""Search for the hyper-parameters of a ranking model, by its AUC on validation."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import keras
import optuna
from optuna.trial import TrialState
from rich.progress import track

from offline.models.registry import model_spec
from offline.runtime.step import RunContext, metadata
from offline.samples.sample_files import Samples
from offline.training.loop.run_options import RunOptions
from offline.training.loop.trainer import fit
from offline.training.tuning.search_space import apply_choices, choices_of, space_of
from sparrow.settings import Settings

FINISHED = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL)
STARTUP, WARMUP = 5, 2  # trials before any is pruned, and epochs before one may be


def tune(context: RunContext, model: str, trials: int) -> optuna.Study:
    """Runs trials until the study of the model on the present samples has `trials` of them.

    The first trial is the present configuration, so the best is never worse than that. A search
    that was killed is resumed; new samples begin a new study. Raises ConfigurationError
    for an unknown model, DataError when there are no samples.
    """
    model_spec(model)
    samples = context.output_of("samples-time")
    study = study_of(context, model, samples)
    done = len(study.get_trials(states=FINISHED))
    todo = range(done, trials)
    for _ in track(todo, f"tuning {model}", console=context.console):
        _run_trial(study, model, Samples.open(samples), context.settings)
    return study


def study_of(context: RunContext, model: str, samples: Path) -> optuna.Study:
    """The study of a model on these samples; it lies in `<work>/tune/<model>.db`."""
    file = context.settings.work_dir / "tune" / f"{model}.db"
    file.parent.mkdir(parents=True, exist_ok=True)
    seed = context.settings.seed
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        storage=f"sqlite:///{file.resolve()}",
        study_name=f"{metadata(samples)['fingerprint']} seed {seed}",
        pruner=optuna.pruners.MedianPruner(n_startup_trials=STARTUP, n_warmup_steps=WARMUP),
        direction="maximize",
        load_if_exists=True,
    )
    if not study.trials:
        study.enqueue_trial(choices_of(model_spec(model).config, space_of(model)))
    # a resumed search must not draw again what it drew before
    study.sampler = optuna.samplers.TPESampler(
        n_startup_trials=STARTUP, seed=seed + len(study.trials)
    )
    return study


def _run_trial(study: optuna.Study, model: str, samples: Samples, settings: Settings) -> None:
    """One trial: trained for as long as it is no worse than the median of those before it."""
    spec, trial = model_spec(model), study.ask(space_of(model))
    config = apply_choices(replace(spec.config, seed=settings.seed), trial.params)

    def report(epoch: int, auc: float) -> None:
        trial.report(auc, epoch)
        if trial.should_prune():
            raise optuna.TrialPruned

    keras.backend.clear_session()  # the models of earlier trials
    try:
        options = RunOptions(report=report, strategy=settings.distribution_strategy)
        _, result = fit(samples, spec, config, options)
    except optuna.TrialPruned:
        study.tell(trial, state=TrialState.PRUNED)
        return
    if math.isnan(result.validation_auc):
        study.tell(trial, state=TrialState.FAIL)
    else:
        trial.set_user_attr("best_epoch", result.best_epoch)
        study.tell(trial, result.validation_auc)

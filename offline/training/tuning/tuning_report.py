"""What a search found: a table of its trials, and a section of `configs.toml` to commit."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import optuna
import tomlkit
from optuna.trial import FrozenTrial, TrialState
from rich.table import Table

from offline.models.blocks.config import TrainConfig
from offline.models.registry import model_spec
from offline.training.tuning.search_space import apply_choices, space_of
from sparrow.errors import DataError
from sparrow.system.files import atomic_write

SHOWN = 10  # trials, the best


def trials_table(study: optuna.Study, model: str) -> Table:
    """The best trials, one a row, then how many there were."""
    names, trials = list(space_of(model)), study.get_trials()
    done = sorted(_completed(study), key=lambda t: -_auc(t))
    pruned = sum(trial.state is TrialState.PRUNED for trial in trials)
    caption = f"{len(done)} trials to the end, {pruned} ended early; trial 0: as configured"
    table = Table("trial", "validation AUC", "best epoch", *names, title=model, caption=caption)
    for trial in done[:SHOWN]:
        values = asdict(apply_choices(TrainConfig(), trial.params))
        epoch = trial.user_attrs["best_epoch"]
        shown = [str(trial.number), f"{_auc(trial):.4f}", str(epoch)]
        table.add_row(*shown, *(str(values[name]) for name in names))
    return table


def config_section(study: optuna.Study, model: str, dataset: str) -> tomlkit.TOMLDocument:
    """The model's section of `configs.toml` with the best values: what differs from the default.

    Raises DataError when no trial came to its end.
    """
    done = _completed(study)
    if not done:
        raise DataError("Expected a finished trial, found none: run more by --trials.")
    best = max(done, key=_auc)
    values = asdict(apply_choices(model_spec(model).config, best.params))
    default = asdict(TrainConfig())
    table = tomlkit.table()
    table.add(
        tomlkit.comment(f"AUC {_auc(best):.4f} on validation of {dataset}, by `sparrow tune`")
    )
    for name in (name for name in values if values[name] != default[name]):
        table.add(name, list(values[name]) if isinstance(values[name], tuple) else values[name])
    document = tomlkit.document()
    document.add(model, table)
    return document


def write_config_section(found: tomlkit.TOMLDocument, file: Path) -> None:
    """Puts the section in the place of the one of its name in `file`, all else stays as it is."""
    (name,) = found
    written = tomlkit.parse(file.read_text()) if file.exists() else tomlkit.document()
    table = tomlkit.parse(tomlkit.dumps(found) + "\n")[name]
    if name in written:
        written[name] = table
    else:
        written.add(name, table)
    atomic_write(file, (tomlkit.dumps(written).rstrip() + "\n").encode())


def _completed(study: optuna.Study) -> list[FrozenTrial]:
    return study.get_trials(states=(TrialState.COMPLETE,))


def _auc(trial: FrozenTrial) -> float:
    return float(trial.values[0])

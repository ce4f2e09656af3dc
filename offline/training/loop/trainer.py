"""Trains a model on samples with early stopping on validation."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from offline.models.blocks.config import TrainConfig
from offline.models.blocks.inputs import input_arrays, input_specs
from offline.models.registry import ModelSpec, model_spec
from offline.samples.sample_files import Samples
from offline.saved_model.export import export
from offline.training.loop.callbacks import LabelsAndScores, ProgressBar, ValidationCallback
from offline.training.loop.dataset import training_dataset, training_rows
from offline.training.loop.run_options import RunOptions
from offline.training.loop.state import TrainingState
from offline.training.loop.strategy import distributable, strategy_of
from sparrow.system.files import atomic_write

MODEL, LOGS, RECORD = "model", "logs", "training.json"  # what lies in a training folder


@dataclass(frozen=True)
class TrainResult:
    """Result of a training run."""

    epochs: int  # that were run
    best_epoch: int  # whose weights were kept, from 1
    validation_auc: float
    validation_log_loss: float
    seconds: float  # of training, without validation
    samples_per_second: float  # of the fastest epoch


NO_OPTIONS = RunOptions()

TrainRanker = Callable[[Samples, ModelSpec, TrainConfig], keras.Model]
"""Trains the part of a model that orders lists."""


def train_and_export(
    samples: Path,
    name: str,
    out: Path,
    seed: int,
    options: RunOptions = NO_OPTIONS,
    rank: TrainRanker | None = None,
) -> TrainResult:
    """Trains the model called `name` by its chosen configuration; see `train`.

    Raises ConfigurationError for an unknown name, DataError for unusable samples.
    """
    spec = model_spec(name)
    return train(samples, spec, replace(spec.config, seed=seed), out, options, rank)


def train(
    samples: Path,
    spec: ModelSpec,
    config: TrainConfig,
    out: Path,
    options: RunOptions = NO_OPTIONS,
    rank: TrainRanker | None = None,
) -> TrainResult:
    """Trains by `config`, keeps the epoch of the best validation AUC, and fills the folder `out`.

    out/logs/          for TensorBoard; a resumed run's begin where it was resumed
        model/         the SavedModel (`offline.saved_model.export`), with what `rank` trains
        training.json  configuration and result; written last, so its presence means complete

    Raises DataError when the samples are missing or incomplete.
    """
    opened = Samples.open(samples)
    board = keras.callbacks.TensorBoard(str(out / LOGS), write_graph=False)
    model, result = fit(opened, spec, config, options, [board])
    ranker = None if rank is None else rank(opened, spec, config)
    export(model, ranker, opened.features, out / MODEL)
    record = {"config": asdict(config), "result": asdict(result)}
    atomic_write(out / RECORD, json.dumps(record, indent=2).encode())
    return result


def fit(
    samples: Samples,
    spec: ModelSpec,
    config: TrainConfig,
    options: RunOptions = NO_OPTIONS,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> tuple[keras.Model, TrainResult]:
    """A model with the weights of its best epoch, resumed from the checkpoint if there is one.

    Raises DataError when the samples are incomplete.
    """
    rows = training_rows(samples, config)
    steps = -(-rows // config.batch_size)
    with strategy_of(options.strategy).scope():
        model = distributable(spec.model(samples, config), options.strategy)
        model.compile(_optimizer(config, config.epochs * steps), watch_like_loss, jit_compile=False)
        state = TrainingState.resume(options.checkpoint, model)
    if not state.should_stop(config.epochs, config.patience):
        bar = ProgressBar(options.progress, state, rows, config)
        model.fit(
            training_dataset(samples, config, first_epoch=len(state.epochs)),
            steps_per_epoch=steps,
            initial_epoch=len(state.epochs),
            epochs=config.epochs,
            callbacks=[
                ValidationCallback(state, _validation(model, samples), config, options),
                bar,
                *callbacks,
            ],
            shuffle=False,  # the data set is shuffled
            verbose=0,
        )
    model.set_weights(state.best_weights)
    return model, _result(state, rows)


def _result(state: TrainingState, rows: int) -> TrainResult:
    best = state.epochs[state.best_epoch]
    seconds = [epoch.seconds for epoch in state.epochs]
    return TrainResult(
        epochs=len(state.epochs),
        best_epoch=state.best_epoch + 1,
        validation_auc=best.auc,
        validation_log_loss=best.log_loss,
        seconds=sum(seconds),
        samples_per_second=rows / min(seconds),
    )


def watch_like_loss(targets: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """Cross entropy of each row (batch,); `targets` (batch, 2) are watched and liked.

    One column of logits is "likes". Of two, the first is "watches", and only movies that were
    watched train the second.
    """
    entropy = tf.nn.sigmoid_cross_entropy_with_logits
    like = entropy(targets[:, 1], logits[:, -1])
    if logits.shape[1] == 1:
        return like
    return entropy(targets[:, 0], logits[:, 0]) + targets[:, 0] * like


def learning_rate(config: TrainConfig, steps: int) -> keras.optimizers.schedules.CosineDecay:
    """The learning rate by step: up from 0 in the warm-up, then constant or down to 0."""
    warmup = round(config.warmup * steps)
    return keras.optimizers.schedules.CosineDecay(
        0.0 if warmup else config.learning_rate,
        max(steps - warmup, 1),
        alpha={"cosine": 0.0, "constant": 1.0}[config.schedule],
        warmup_target=config.learning_rate if warmup else None,
        warmup_steps=warmup,
    )


def _optimizer(config: TrainConfig, steps: int) -> keras.optimizers.Optimizer:
    rate = learning_rate(config, steps)
    optimizer = keras.optimizers.AdamW(rate, weight_decay=config.weight_decay)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    return optimizer


def _validation(model: keras.Model, samples: Samples) -> LabelsAndScores:
    """A function that gives the validation part's labels and the model's present probabilities."""
    specs = input_specs(samples.features)
    forward = tf.function(
        lambda inputs: tf.sigmoid(model(inputs, training=False)[:, -1]),
        input_signature=[specs],
        autograph=False,
    )

    def score() -> tuple[np.ndarray, np.ndarray]:
        labels, scores = [], []
        for batch in samples.batches("validation"):
            labels.append(batch.column("label").to_numpy())
            scores.append(forward(input_arrays(batch, specs)).numpy())
        return np.concatenate(labels), np.concatenate(scores)

    return score

"""Trains a model that ranks lists: softmax cross-entropy over the candidates of a list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from offline.models.blocks.config import TrainConfig
from offline.models.registry import ModelBuilder
from offline.ranker.list_model import ContextScale, list_model
from offline.ranker.lists.list_batches import ListReader
from offline.ranker.lists.queries import SITUATIONS
from offline.ranker.lists.ranking_lists import RankingLists
from offline.samples.sample_files import Samples
from sparrow.arrays import Int
from sparrow.features.rating_events import hash_order

BATCH = 64  # lists
GATE_EPOCHS, GATE_LENGTH, GATE_RATE = 20, 128, 1e-2
"""The gate is trained first and by itself, on more candidates: it carries most of the order."""

WEIGHT_DECAY = 1e-3
MASKED_SCORE = -1e9  # score of a place without a candidate
FOLDS = 2  # parts of the users; each is held out once


@dataclass(frozen=True)
class Fold:
    """The lists that a model is trained on, and those of the users that it has not seen."""

    ranking: RankingLists
    train: Int  # numbers of lists
    held_out: Int

    @classmethod
    def each(cls, ranking: RankingLists) -> list[Fold]:
        """`FOLDS` folds that hold out every list once, by a hash of its user's number."""
        part = hash_order(ranking.lists.user) % np.uint64(FOLDS)
        return [
            cls(ranking, np.flatnonzero(part != fold), np.flatnonzero(part == fold))
            for fold in range(FOLDS)
        ]

    @classmethod
    def whole(cls, ranking: RankingLists) -> Fold:
        """All lists to train on."""
        return cls(ranking, np.arange(len(ranking.lists)), np.zeros(0, dtype=np.int64))

    def scale(self) -> ContextScale:
        """Of the context of the training lists; constant columns keep deviation 1."""
        context = self.ranking.lists.context[self.train]
        deviation = context.std(axis=0)
        return context.mean(axis=0), np.where(deviation > 1e-6, deviation, 1.0)

    def weights(self) -> np.ndarray:
        """Of each list (lists,): all situations count the same, but those of one moment share.

        A returning user looks for what is new since (`later`) or for what the log
        lacks (`gap`), in the proportion that the log shows.
        """
        lists = self.ranking.lists
        counts = np.bincount(lists.situation[self.train], minlength=len(SITUATIONS))
        gap = self.ranking.gap_share
        mass = {"now": 1.0, "later": 1.0 - gap, "gap": gap, "newcomer": 1.0}
        share = np.array([mass[name] for name in SITUATIONS]) / np.maximum(counts, 1)
        weights = share[lists.situation]
        return np.asarray(weights / weights[self.train].mean(), dtype=np.float32)


def train_gate(fold: Fold, samples: Samples, config: TrainConfig, experts: int) -> keras.Model:
    """The signals' weights alone; with one expert, the linear control."""
    model = list_model(None, samples, fold.scale(), config, experts)
    _fit(model, fold, (GATE_EPOCHS, GATE_LENGTH, GATE_RATE), config.seed)
    return model


def train_network(
    fold: Fold, samples: Samples, build: ModelBuilder, config: TrainConfig, gate: list[np.ndarray]
) -> keras.Model:
    """A network on top of a trained gate, of which `gate` are the weights.

    The model takes inputs by name and gives components (rows, S + 1), whose sum orders a list.
    """
    model = list_model(build, samples, fold.scale(), config)
    model.get_layer("gate").set_weights(gate)
    shape = config.list_epochs, config.list_length, config.list_learning_rate
    _fit(model, fold, shape, config.seed)
    return model


def reader_of(ranking: RankingLists, model: keras.Model) -> ListReader:
    """Reads what a model takes."""
    return ListReader(ranking.lists, ranking.movie_tables, tuple(model.input))


def _fit(model: keras.Model, fold: Fold, shape: tuple[int, int, float], seed: int) -> None:
    """`shape`: passes over the lists, candidates of each, learning rate at the start."""
    epochs, length, learning_rate = shape
    steps = epochs * -(-len(fold.train) // BATCH)
    rate = keras.optimizers.schedules.CosineDecay(learning_rate, max(steps, 1), alpha=0.05)
    optimizer = keras.optimizers.AdamW(rate, weight_decay=WEIGHT_DECAY)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    optimizer.build(model.trainable_variables)
    reader, weights = reader_of(fold.ranking, model), fold.weights()
    random = np.random.default_rng(seed)

    @tf.function(reduce_retracing=True)
    def step(
        inputs: dict[str, tf.Tensor], target: tf.Tensor, log_q: tf.Tensor, weight: tf.Tensor
    ) -> None:
        with tf.GradientTape() as tape:
            score = tf.reshape(tf.reduce_sum(model(inputs, training=True), axis=1), tf.shape(log_q))
            loss = list_loss(score, target, log_q, weight)
        variables = model.trainable_variables
        optimizer.apply(tape.gradient(loss, variables), variables)

    for _ in range(epochs):
        for numbers, rows in reader.batches(fold.train, BATCH, length, random):
            step(rows.inputs, rows.target, rows.log_q, weights[numbers])


def list_loss(
    score: tf.Tensor, target: tf.Tensor, log_q: tf.Tensor, weight: tf.Tensor
) -> tf.Tensor:
    """Weighted mean over lists of the cross-entropy between `target` and softmax(score - log_q).

    All (lists, length), `weight` (lists,); a place with log_q -inf has no candidate. The correction
    is that of sampled softmax (Bengio & Senécal, Adaptive Importance Sampling, 2008).
    """
    corrected = tf.where(
        tf.math.is_inf(log_q), MASKED_SCORE, score - tf.where(log_q < MASKED_SCORE, 0.0, log_q)
    )
    entropy = -tf.reduce_sum(target * tf.nn.log_softmax(corrected, axis=1), axis=1)
    return tf.reduce_mean(weight * entropy)


def scores_of(model: keras.Model, fold: Fold) -> np.ndarray:
    """Scores of the candidates of the held-out lists, NaN for all others: (candidates,)."""
    lists, reader = fold.ranking.lists, reader_of(fold.ranking, model)
    found = np.full(lists.start[-1], np.nan, dtype=np.float32)
    for start in range(0, len(fold.held_out), BATCH):
        rows, inputs = reader.whole(fold.held_out[start : start + BATCH])
        found[rows] = np.sum(model(inputs, training=False), axis=1)
    return found


def out_of_fold(scores: Iterable[np.ndarray]) -> np.ndarray:
    """The scores of all folds together, each list's from the model that has not seen its user."""
    return np.asarray(np.nansum(np.stack(list(scores)), axis=0), dtype=np.float32)

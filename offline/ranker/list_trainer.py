"""Trains a model that ranks lists: softmax cross-entropy over the candidates of a list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from offline.models.registry import Build
from offline.ranker.list_batches import ListReader, ListRows
from offline.ranker.list_model import EXPERTS, Scale, list_model
from offline.ranker.lists_step import RankingLists
from offline.ranker.queries import SITUATIONS
from offline.ranker.training_lists import TrainingLists
from offline.training.config import TrainConfig
from offline.training.dataset import Samples
from sparrow.events import Int, shuffle_key

BATCH = 64  # lists
GATE_EPOCHS, GATE_LENGTH, GATE_RATE = 20, 128, 1e-2
"""The gate is trained first and by itself, on more candidates: it carries most of the order."""

WEIGHT_DECAY = 1e-3
FAR = -1e9  # score of a place without a candidate
HELD_OUT = 5  # of so many users one is held out


@dataclass(frozen=True)
class SplitLists:
    """The lists with those of held-out users apart."""

    ranking: RankingLists
    train: Int  # numbers of lists
    held_out: Int

    @classmethod
    def of(cls, ranking: RankingLists) -> SplitLists:
        """By a hash of the user's number."""
        held = shuffle_key(ranking.lists.user) % np.uint64(HELD_OUT) == 0
        return cls(ranking, np.flatnonzero(~held), np.flatnonzero(held))

    def scale(self) -> Scale:
        """Of the context of the training lists; constant columns keep deviation 1."""
        context = self.ranking.lists.context[self.train]
        deviation = context.std(axis=0)
        return context.mean(axis=0), np.where(deviation > 1e-6, deviation, 1.0)

    def weights(self) -> np.ndarray:
        """Of each list (lists,): all situations count the same, but those of one moment share.

        Somebody who was away looks for what is new to them since (`later`) or for what the log
        lacks (`gap`), in the proportion that the log shows.
        """
        lists = self.ranking.lists
        counts = np.bincount(lists.situation[self.train], minlength=len(SITUATIONS))
        gap = self.ranking.gap_share
        mass = {"now": 1.0, "later": 1.0 - gap, "gap": gap, "newcomer": 1.0}
        share = np.array([mass[name] for name in SITUATIONS]) / np.maximum(counts, 1)
        weights = share[lists.situation]
        return np.asarray(weights / weights[self.train].mean(), dtype=np.float32)


def train_lists(
    split: SplitLists,
    samples: Samples,
    build: Build | None,
    config: TrainConfig,
    experts: int = EXPERTS,
) -> keras.Model:
    """A model from inputs by name to components (rows, S + 1), whose sum orders a list."""
    scale, weights = split.scale(), split.weights()
    random = np.random.default_rng(config.seed)
    gate = list_model(None, samples, scale, config, experts)
    _fit(gate, split, weights, _passes(split, gate, (GATE_EPOCHS, GATE_LENGTH), random), GATE_RATE)
    if build is None:
        return gate
    model = list_model(build, samples, scale, config, experts)
    model.get_layer("gate").set_weights(gate.get_layer("gate").get_weights())
    shape = config.list_epochs, config.list_length
    _fit(model, split, weights, _passes(split, model, shape, random), config.list_learning_rate)
    return model


def _passes(
    split: SplitLists, model: keras.Model, shape: tuple[int, int], random: np.random.Generator
) -> list[Iterator[tuple[Int, ListRows]]]:
    epochs, length = shape
    reader = reader_of(split.ranking, model)
    return [iter(reader.batches(split.train, BATCH, length, random)) for _ in range(epochs)]


def reader_of(ranking: RankingLists, model: keras.Model) -> ListReader:
    """Reads what a model takes."""
    return ListReader(ranking.lists, ranking.movie_tables, tuple(model.input))


def _fit(
    model: keras.Model,
    split: SplitLists,
    weights: np.ndarray,
    passes: list[Iterator[tuple[Int, ListRows]]],
    learning_rate: float,
) -> None:
    steps = len(passes) * -(-len(split.train) // BATCH)
    rate = keras.optimizers.schedules.CosineDecay(learning_rate, max(steps, 1), alpha=0.05)
    optimizer = keras.optimizers.AdamW(rate, weight_decay=WEIGHT_DECAY)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    optimizer.build(model.trainable_variables)

    @tf.function(reduce_retracing=True)
    def step(
        inputs: dict[str, tf.Tensor], target: tf.Tensor, log_q: tf.Tensor, weight: tf.Tensor
    ) -> None:
        with tf.GradientTape() as tape:
            score = tf.reshape(tf.reduce_sum(model(inputs, training=True), axis=1), tf.shape(log_q))
            loss = list_loss(score, target, log_q, weight)
        variables = model.trainable_variables
        optimizer.apply(tape.gradient(loss, variables), variables)

    for one_pass in passes:
        for numbers, rows in one_pass:
            step(rows.inputs, rows.target, rows.log_q, weights[numbers])


def list_loss(
    score: tf.Tensor, target: tf.Tensor, log_q: tf.Tensor, weight: tf.Tensor
) -> tf.Tensor:
    """Weighted mean over lists of the cross-entropy between `target` and softmax(score - log_q).

    All (lists, length), `weight` (lists,); a place with log_q -inf has no candidate. The correction
    is that of sampled softmax (Bengio & Senécal, Adaptive Importance Sampling, 2008).
    """
    corrected = tf.where(tf.math.is_inf(log_q), FAR, score - tf.where(log_q < FAR, 0.0, log_q))
    entropy = -tf.reduce_sum(target * tf.nn.log_softmax(corrected, axis=1), axis=1)
    return tf.reduce_mean(weight * entropy)


def scores_of(model: keras.Model, ranking: RankingLists, numbers: Int) -> list[np.ndarray]:
    """Scores of all candidates of each list."""
    reader = reader_of(ranking, model)
    forward = tf.function(
        lambda inputs: tf.reduce_sum(model(inputs, training=False), axis=1), reduce_retracing=True
    )
    return [forward(reader.whole(number)).numpy() for number in numbers]


def relevant_of(lists: TrainingLists, number: int) -> np.ndarray:
    """Which candidates of a list were right, whether liked or not: (candidates,) bool."""
    return np.asarray(lists.relevance[lists.start[number] : lists.start[number + 1]] > 0)

"""Trains the two towers on what viewers watched next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from offline.recall.next_movies import NextMovies, place_in
from offline.recall.two_tower import TwoTower, TwoTowerConfig
from sparrow.two_tower import Reader, ViewerTower

Batch = tuple[np.ndarray, ...]


@dataclass(frozen=True)
class Towers:
    """The trained model: the viewers' side for servers, the movies' side as their vectors."""

    viewer: ViewerTower
    movies: np.ndarray  # (movies, dim) float32, in the order of the reader's ids


def train(
    watched: NextMovies, reader: Reader, content: np.ndarray, config: TwoTowerConfig, seed: int
) -> Towers:
    """Towers over the reader's movies, of which `content` (movies, columns) says what they are.

    A movie that nobody watched has the vector that its content gives it.
    """
    keras.utils.set_random_seed(seed)
    inputs = reader(watched.rows)
    place = place_in(reader.movie_ids, watched.rows["movie_id"])
    drawn = np.bincount(place, minlength=len(content) + 1) / len(place)
    log_q = np.log(np.maximum(drawn, 1 / len(place))).astype(np.float32)
    arrays = (inputs.places, inputs.liking, inputs.numbers, place.astype(np.int32), log_q[place])
    model = TwoTower(config, content, inputs.numbers.shape[1])
    step = _step(model, steps=config.epochs * -(-len(place) // config.batch_size))
    random = np.random.default_rng(seed)
    for _ in range(config.epochs):
        for batch in _batches(arrays, config.batch_size, random):
            step(*batch)
    everyone = tf.range(1, len(content) + 1)
    return Towers(ViewerTower(reader, model.viewer_weights()), model.movie(everyone).numpy())


def _step(model: TwoTower, steps: int) -> tf.types.experimental.PolymorphicFunction:
    """A function that takes a batch and improves the model."""
    config = model.config
    rate = keras.optimizers.schedules.CosineDecay(config.learning_rate, steps, alpha=0.02)
    optimizer = keras.optimizers.AdamW(rate, weight_decay=config.weight_decay)
    optimizer.exclude_from_weight_decay(var_names=["bias", "recency"])
    optimizer.build(model.trainable_variables)

    @tf.function(reduce_retracing=True)
    def step(
        places: tf.Tensor, liking: tf.Tensor, numbers: tf.Tensor, movie: tf.Tensor, log_q: tf.Tensor
    ) -> None:
        with tf.GradientTape() as tape:
            loss = model.loss_of((places, liking, numbers), movie, log_q)
        variables = model.trainable_variables
        optimizer.apply(tape.gradient(loss, variables), variables)

    return step


def _batches(arrays: Batch, size: int, random: np.random.Generator) -> Iterator[Batch]:
    order = random.permutation(len(arrays[0]))
    for start in range(0, len(order), size):
        taken = order[start : start + size]
        yield tuple(array[taken] for array in arrays)

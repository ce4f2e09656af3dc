"""Fits the two towers to users' sequences of ratings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import keras
import numpy as np
import tensorflow as tf

from offline.embeddings.two_tower.config import TwoTowerConfig
from offline.embeddings.two_tower.model import TwoTowerModel, initial_weights
from offline.embeddings.two_tower.sampled_softmax import CandidateSampler, cross_entropy
from offline.embeddings.two_tower.sequences import Sequences, Windows, batch_of, exclusion_mask
from sparrow.errors import DataError
from sparrow.signals.models.user_tower import LENGTH, TwoTower

WARM_UP = 0.05  # share of the steps in which the learning rate grows
LAST_RATE = 0.02  # of the learning rate, in the last step
_NOT_DECAYED = "bias|norms|recency|start"

_SIGNATURE = (
    *(tf.TensorSpec((None, LENGTH), dtype) for dtype in (tf.int32, tf.float32, tf.int32)),
    *(tf.TensorSpec((None,), dtype) for dtype in (tf.int32, tf.int32, tf.int32, tf.float32)),
    tf.TensorSpec((None, None), tf.bool),
)


def fit_two_tower(
    ratings: Sequences,
    content: np.ndarray,
    config: TwoTowerConfig,
    seed: int,
    initial: TwoTower | None = None,
) -> TwoTower:
    """The towers of these ratings; the same for the same arguments.

    `content` (movies, columns) float32 describes every movie of the catalogue; a movie
    that nobody watched has the vector that its content gives it. `initial`: weights that an earlier
    part of the ratings gave, with the same catalogue and config, for a shorter training.

    Raises DataError when `initial` has another catalogue.
    """
    if initial is not None and len(initial.item_vectors) != len(content):
        raise DataError(
            f"Expected initial weights of {len(content):,} movies, got "
            f"{len(initial.item_vectors):,}: start from weights of the same catalogue."
        )
    random = np.random.default_rng(seed)
    count = np.bincount(ratings.item_index, minlength=len(content))
    epochs = config.epochs if initial is None else config.warm_epochs
    if initial is None:
        initial = initial_weights(config, content, random)
        initial = replace(initial, item_vectors=_with_bias(initial, np.log(count + 1.0)))
    model = TwoTowerModel(initial, content, count > 0, config)
    if len(ratings):
        _train(model, ratings, CandidateSampler(count, config.candidates), epochs, random)
    return model.weights(_final_bias(model.bias.numpy(), count))


def _with_bias(weights: TwoTower, bias: np.ndarray) -> np.ndarray:
    return np.column_stack([weights.item_vectors[:, :-1], bias]).astype(np.float32)


def _final_bias(bias: np.ndarray, count: np.ndarray) -> np.ndarray:
    """A movie that nobody watched was no candidate: its bias is that of the least watched ones."""
    if not count.any():
        return bias
    least = count == count[count > 0].min()
    return np.where(count > 0, bias, bias[least].mean())


def _train(
    model: TwoTowerModel,
    ratings: Sequences,
    sampler: CandidateSampler,
    epochs: float,
    random: np.random.Generator,
) -> None:
    config = model.config
    windows = len(Windows.of(ratings, config.stride, random))
    planned = round(epochs * windows / config.batch_windows)
    steps = min(max(planned, config.min_steps), config.max_steps)
    step = _step(model, steps, int(random.integers(2**31)))
    for _, arrays in zip(range(steps), _batches(ratings, model, sampler, random), strict=False):
        step(*arrays)


def _batches(
    ratings: Sequences,
    model: TwoTowerModel,
    sampler: CandidateSampler,
    random: np.random.Generator,
) -> Iterator[tuple[np.ndarray, ...]]:
    """Without end: each epoch cuts the sequences anew."""
    size, movies = model.config.batch_windows, model.identity.shape[0]
    while True:
        sequences = ratings.shuffled(random)
        centred = sequences.centred_ratings()
        windows = Windows.of(sequences, model.config.stride, random)
        order = random.permutation(len(windows))
        for begin in range(0, len(order), size):
            taken = windows.take(order[begin : begin + size])
            batch, drawn = batch_of(sequences, centred, taken), sampler(random)
            yield (
                *(batch.item, batch.rating, batch.time_gap),
                *(batch.place, batch.target),
                *(drawn.item_index.astype(np.int32), drawn.log_chance),
                exclusion_mask(sequences, taken, drawn.item_index, movies),
            )


def _step(model: TwoTowerModel, steps: int, seed: int) -> tf.types.experimental.PolymorphicFunction:
    """A function that takes a batch and improves the model."""
    config = model.config
    warm_up = round(WARM_UP * steps)
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, steps - warm_up, LAST_RATE, warmup_target=config.learning_rate, warmup_steps=warm_up
    )
    optimizer = keras.optimizers.AdamW(rate, weight_decay=config.weight_decay, beta_2=0.99)
    optimizer.exclude_from_weight_decay(var_names=_NOT_DECAYED.split("|"))
    variables = list(model.trainable_variables)
    optimizer.build(variables)
    random = tf.random.Generator.from_seed(seed)

    @tf.function(input_signature=_SIGNATURE, autograph=False)
    def step(
        item: tf.Tensor,
        rating: tf.Tensor,
        time_gap: tf.Tensor,
        place: tf.Tensor,
        target: tf.Tensor,
        candidate: tf.Tensor,
        log_chance: tf.Tensor,
        excluded: tf.Tensor,
    ) -> None:
        with tf.GradientTape() as tape:
            items = model.items(random)
            users = model.users(items, (item, rating, time_gap), random)
            user = tf.gather(tf.reshape(users, (-1, users.shape[-1])), place)
            drawn = tf.gather(items, candidate)
            corrected = tf.concat([drawn[:, :-1], drawn[:, -1:] - log_chance[:, None]], axis=1)
            loss = cross_entropy(user, tf.gather(items, target), corrected, excluded)
        optimizer.apply(tape.gradient(loss, variables), variables)

    return step

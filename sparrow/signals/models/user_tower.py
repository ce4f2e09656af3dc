"""The two towers: a user's vector from their history, whose product with a movie's is its logit.

The user's tower is a causal transformer of one block beside a weighted sum of the history; the
movies' tower is a table. Kang & McAuley, Self-Attentive Sequential Recommendation (2018),
arXiv:1808.09781; trained with a softmax over the catalogue as in Klenitskiy & Vasilev, Turning
Dross Into Gold Loss (2023), arXiv:2309.07602. Positions are biases of the attention by distance, as
in Press et al., Train Short, Test Long (2022), arXiv:2108.12409, but learnt; an event's token knows
the time until the next one. Training (`offline.embeddings.two_tower`) computes the same in
TensorFlow.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path

import numpy as np

from sparrow.arrays import Int
from sparrow.signals.values.history import History
from sparrow.vectors.item_vectors import ItemVectors

FILE = "two_tower.npz"
LENGTH = 64  # tokens of a user that the tower reads: the latest events, and the start where it fits
TIME_BUCKETS = 24  # 0 s, then one for each doubling, the last from 48 days on
EPSILON = 1e-5  # added to a variance before it divides

_PRIOR_RATING, _PRIOR_COUNT = 3.5, 5.0  # a user's mean counts as if so many ratings were known
_MIN_WEIGHT = 1e-6


@dataclass(frozen=True)
class TwoTower:
    """What training learned, all float32; the user's and the movies' side share one table."""

    item_vectors: np.ndarray  # (movies, dim + 1) the last column is the movie's bias
    content_weights: np.ndarray  # (content columns, dim) what genres and year add to a movie's row
    start: np.ndarray  # (dim,) the token before the first event
    rating: np.ndarray  # (dim,) what a star above the user's mean adds to an event
    time_gap: np.ndarray  # (TIME_BUCKETS, dim) what the time until the next event adds
    query: np.ndarray  # (heads, dim, dim / heads)
    key: np.ndarray  # (heads, dim, dim / heads)
    value: np.ndarray  # (heads, dim, dim / heads)
    attention_out: np.ndarray  # (dim, dim)
    distance_bias: np.ndarray  # (heads, LENGTH) by how many tokens lie between
    norms: np.ndarray  # (3, 2, dim) scale and shift before attention, before the units, at the end
    hidden: np.ndarray  # (dim, units)
    hidden_bias: np.ndarray  # (units,)
    hidden_out: np.ndarray  # (units, dim)
    hidden_out_bias: np.ndarray  # (dim,)
    recency: np.ndarray  # (LENGTH,) weight in the sum by how many tokens lie between

    @cached_property
    def items(self) -> ItemVectors:
        """`item_vectors` as every movie has one."""
        return ItemVectors(self.item_vectors, np.ones(len(self.item_vectors), dtype=bool))

    def vector(self, history: History) -> np.ndarray:
        """(dim + 1,) float32; the product with a row of `item_vectors` is the movie's logit.

        Training compares the logits of movies outside the history: those in it mean nothing.
        Events of movies outside the table are left out; without any event, the vector is what
        training learned of users' first events.
        """
        known = (history.item_index >= 0) & (history.item_index < len(self.item_vectors))
        centred = centred_ratings(history.rating[known])[-LENGTH:]
        item = history.item_index[known][-LENGTH:]
        time, weight = history.timestamp[known][-LENGTH:], history.weight[known][-LENGTH:]
        embedded = self.item_vectors[item, :-1]
        tokens = embedded + centred[:, None] * self.rating
        if len(item) < LENGTH:
            first = time[0] if len(time) else history.at
            embedded, tokens = np.vstack([self.start, embedded]), np.vstack([self.start, tokens])
            time, weight = np.append(first, time), np.append(np.float32(1.0), weight)
        gaps = np.append(time[1:], history.at) - time
        tokens = tokens + self.time_gap[time_bucket(gaps)]
        output = self._block(tokens, weight)
        return np.append(output + self._sum(embedded, weight), np.float32(1.0))

    def _block(self, tokens: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """The block's output for the last of the tokens (n, dim): (dim,).

        As only the last token's query is needed, keys and values stay unprojected: a head's query
        is mapped by the keys' weights, and its mixture of tokens by the values'.
        """
        inputs = _normalised(tokens, self.norms[0])
        query = inputs[-1] @ self.query  # (heads, dim / heads)
        projected = (self.key @ query[:, :, None])[:, :, 0]  # (heads, dim)
        logits = projected @ inputs.T / np.float32(np.sqrt(query.shape[1]))  # (heads, n)
        logits += self.distance_bias[:, len(tokens) - 1 :: -1]
        attention = np.exp(logits - logits.max(axis=1, keepdims=True)) * weight
        attention /= np.maximum(attention.sum(axis=1, keepdims=True), _MIN_WEIGHT)
        mixed = (attention @ inputs)[:, None, :] @ self.value  # (heads, 1, dim / heads)
        attended = tokens[-1] + mixed.ravel() @ self.attention_out
        units = _normalised(attended, self.norms[1]) @ self.hidden + self.hidden_bias
        output = attended + np.maximum(units, 0.0) @ self.hidden_out + self.hidden_out_bias
        return _normalised(output, self.norms[2])

    def _sum(self, embedded: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """The history's movies (n, dim), the latest counting most, added up: (dim,)."""
        counted = self.recency[len(embedded) - 1 :: -1] * weight
        return np.asarray(counted @ embedded / np.sqrt(counted @ counted + np.float32(1.0)))

    def save(self, folder: Path) -> None:
        """Writes `FILE` into `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        np.savez(folder / FILE, **{field.name: getattr(self, field.name) for field in fields(self)})

    @classmethod
    def load(cls, folder: Path) -> TwoTower:
        """What is saved in `folder`."""
        with np.load(folder / FILE) as saved:
            return cls(**{field.name: saved[field.name] for field in fields(cls)})


def centred_ratings(rating: np.ndarray) -> np.ndarray:
    """Stars above the user's mean so far, (n,) float32 of n events, oldest first; 0 where unknown.

    The mean includes the event itself and, weakly, a prior: an event's number never changes later.
    """
    known = ~np.isnan(rating)
    stars = np.where(known, rating, 0.0).astype(np.float64)
    total = np.cumsum(stars) + _PRIOR_COUNT * _PRIOR_RATING
    mean = total / (np.cumsum(known) + _PRIOR_COUNT)
    return np.where(known, stars - mean, 0.0).astype(np.float32)


def time_bucket(seconds: Int) -> Int:
    """The place of a duration of any shape in the tables of times; negative ones count as 0 s."""
    doublings = np.floor(np.log2(np.maximum(seconds, 1))).astype(np.int32) + 1
    return np.where(seconds < 1, 0, np.minimum(doublings, TIME_BUCKETS - 1))


def _normalised(values: np.ndarray, norm: np.ndarray) -> np.ndarray:
    """Each row with mean 0 and deviation 1, then scaled and shifted by `norm` (2, dim)."""
    centred = values - values.mean(axis=-1, keepdims=True)
    variance = np.square(centred).mean(axis=-1, keepdims=True)
    return np.asarray(centred / np.sqrt(variance + np.float32(EPSILON)) * norm[0] + norm[1])

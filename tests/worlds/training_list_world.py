"""Training lists over the movies of `sample_world` whose right order follows something known."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import keras
import numpy as np
from sample_world import FEATURES, MOVIES, START

from offline.models.blocks.config import TrainConfig
from offline.models.blocks.inputs import CONTEXT as LIST_CONTEXT
from offline.models.blocks.inputs import SIGNALS
from offline.models.registry import ModelSpec
from offline.ranker.list_model import list_model
from offline.ranker.list_trainer import Fold
from offline.ranker.lists.queries import SITUATIONS
from offline.ranker.lists.ranking_lists import RankingLists
from offline.ranker.lists.training_lists import TrainingLists, concatenate_lists
from offline.samples.sample_files import Samples
from sparrow.features.declarations import Entity
from sparrow.signals.context_features import CONTEXT
from sparrow.signals.list_features import list_features
from sparrow.signals.registry import NAMES

LENGTH = 24  # candidates of a list
RIGHT = 2  # of them were right
CUTS = 2
NOISE = ("item_knn", "year", "rating")  # signals that decide nothing

Decide = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""From the raw signals (signals, n) and the movies' rows (n,) to what the right order follows."""


def by(signal: str) -> Decide:
    """The order of one signal."""
    return lambda raw, _: raw[NAMES.index(signal)]


def by_movie(feature: str) -> Decide:
    """The order of a feature of the movies at the moment of the list."""
    return lambda _, movies: movies[feature]


def ranking(decides: Mapping[str, Decide], users: int = 60, seed: int = 1) -> RankingLists:
    """One list of each user in each situation; the cuts take turns."""
    random = np.random.default_rng(seed)
    tables = [_movies(random) for _ in range(CUTS)]
    lists = [
        _one(random, user, situation, decide, (user % CUTS, tables[user % CUTS]))
        for user in range(users)
        for situation, decide in decides.items()
    ]
    return RankingLists(concatenate_lists(lists), tables, gap_share=0.25)


def _one(
    random: np.random.Generator,
    user: int,
    situation: str,
    decide: Decide,
    of_cut: tuple[int, np.ndarray],
) -> TrainingLists:
    cut, movies = of_cut
    items = np.sort(random.permutation(MOVIES)[:LENGTH])
    raw = np.full((len(NAMES), LENGTH), np.nan)
    for name in ("ease", "popularity", *NOISE):
        raw[NAMES.index(name)] = random.normal(size=LENGTH)
    relevance = np.zeros(LENGTH, dtype=np.float32)
    relevance[np.argsort(-decide(raw, movies[items]), kind="stable")[:RIGHT]] = 1.0
    context = dict.fromkeys(CONTEXT, 0.0)
    context["log_events"] = float(random.uniform(1, 4))
    context["log_seconds_inactive"] = {"now": 4.0, "later": 16.0}.get(situation, 10.0)
    rows = FEATURES.empty_rows(Entity.USER, 1)
    rows["user_id"], rows["user_rating_count"] = user + 1, user % 7
    rows["user_recent_movies"][0, :3] = random.integers(1, MOVIES + 1, 3)
    rows["user_recent_ratings"][0, :3] = random.integers(1, 6, 3)
    return TrainingLists(
        start=np.array([0, LENGTH]),
        signals=list_features(raw.astype(np.float32)).T.astype(np.float16),
        item_index=items.astype(np.int32),
        relevance=relevance,
        context=np.array([list(context.values())], dtype=np.float32),
        situation=np.array([SITUATIONS.index(situation)]),
        user=np.array([user]),
        cut=np.array([cut]),
        at=np.array([START + 3_600 * user]),
        user_rows=rows,
    )


def _movies(random: np.random.Generator) -> np.ndarray:
    """Rows of all movies as of a cut, all numbers drawn."""
    table = FEATURES.empty_rows(Entity.MOVIE, MOVIES)
    for feature in FEATURES.of(Entity.MOVIE):
        table[feature.name] = random.random(table[feature.name].shape)
    table["movie_id"] = np.arange(1, MOVIES + 1)
    return table


def drawn_ranker(samples: Samples, spec: ModelSpec, config: TrainConfig) -> keras.Model:
    """The part of a model that orders lists, untrained, in which every signal and the net count."""
    scale = Fold.whole(ranking({"now": by("ease"), "later": by("ease")}, users=4)).scale()
    model = list_model(spec.build, samples, scale, config)
    random = np.random.default_rng(5)
    for name in ("gate", "deep_scale"):
        layer = model.get_layer(name)
        layer.set_weights([random.normal(size=weight.shape) for weight in layer.get_weights()])
    return model


def query_lists(count: int) -> dict[str, np.ndarray]:
    """Signals of `count` candidates and the context of one query, as models take them."""
    random = np.random.default_rng(9)
    return {
        SIGNALS: random.normal(size=(count, 2 * len(NAMES))).astype(np.float32),
        LIST_CONTEXT: random.normal(size=(1, len(CONTEXT))).astype(np.float32),
    }

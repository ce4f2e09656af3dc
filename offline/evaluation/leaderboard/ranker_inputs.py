"""What rankers of a protocol's training part learn from, and the lists that they are to order.

All of it is made in this process, from the training part alone and by the functions that the
pipeline and the servers use: signals, lists of the past, and a list for each user of the test part.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from offline.embeddings.content.content_vectors import content_vectors
from offline.embeddings.content.step import CONFIG
from offline.evaluation.tasks.evaluation_task import EvaluationTask, ListTime
from offline.evaluation.tasks.protocols import sample_of_users
from offline.factorisation.biased_mf import RatingTriples, fit_matrix_factors
from offline.ranker.lists.feature_tables import CatalogueMetadata, movie_table
from offline.ranker.lists.fit_signals import SignalConfig, fit_signals
from offline.ranker.lists.label_frequency import missing_share
from offline.ranker.lists.queries import QueryLimits, Situation
from offline.ranker.lists.ranking_lists import RankingLists, fitted_cuts, gap_share
from offline.ranker.lists.rating_log import RatingLog
from offline.ranker.lists.step import MAX_RATINGS
from offline.ranker.lists.training_lists import (
    TrainingListBuilder,
    TrainingLists,
    concatenate_lists,
)
from offline.samples.sample_files import Samples
from offline.samples.splits import TRAIN_SHARE
from offline.samples.step import FACTOR_CONFIG, fit_normalisation
from sparrow.arrays import Int
from sparrow.features.declarations import (
    MAX_GENRES,
    Entity,
    Feature,
    FeatureSet,
    Normalisation,
    build_feature_set,
)
from sparrow.features.folds import genre_flags
from sparrow.features.preprocessing import Preprocessing
from sparrow.signals.models.fitted_signals import FittedSignals, ItemMetadata
from sparrow.vectors.item_vectors import ItemVectors

SITUATION_AT: dict[ListTime, Situation] = {"end": "later", "last-event": "now"}


@dataclass(frozen=True)
class RankerInputs:
    """Lists to train on, lists to order, and what their features mean."""

    training: RankingLists
    test: RankingLists  # of one user each; which candidates are right is not in them
    user_ids: Int  # (test lists,) ascending
    movie_ids: Int  # (movies,) ascending
    samples: Samples  # features, encoding and rating factors; no rows


def ranker_inputs(
    task: EvaluationTask, movies: pd.DataFrame, config: SignalConfig, limits: QueryLimits
) -> RankerInputs:
    """From the training part of a task and the columns of `sparrow.dataset.tables.MOVIES`.

    Training lists are made of the ratings of as many users as `MAX_RATINGS` allows, test lists for
    all users of whom the task has something relevant, at its moment.
    """
    maker = _InputMaker(movies.sort_values("movie_id"), config)
    log = maker.log(sample_of_users(task.parts.train, MAX_RATINGS, config.seed))
    training, latest = maker.training(log, limits)
    users = np.unique(task.parts.relevant["user_id"])
    known = maker.log(task.parts.train)
    as_of = int(known.timestamp[-1]) + 1
    fitted = fit_signals(known, maker.item_facts, as_of, config, latest)
    number = len(training.movie_tables)
    lists = TrainingListBuilder(number, fitted, maker.facts, maker.features, known.user_ids)
    tables = [*training.movie_tables, movie_table(known, as_of, maker.facts, maker.features)]
    return RankerInputs(
        training,
        RankingLists(lists_to_order(lists, known, users, task.moment), tables, 0.0),
        users,
        maker.facts.movie_ids,
        maker.samples(log, training),
    )


def lists_to_order(
    maker: TrainingListBuilder, log: RatingLog, user_ids: Int, moment: ListTime
) -> TrainingLists:
    """A list for each of the users, of what they had not rated, by the signals of the whole log."""
    made = []
    for user in np.searchsorted(log.user_ids, user_ids):
        places = log.of_user(int(user))
        last = int(log.timestamp[places[-1]])
        at = last + 1 if moment == "last-event" else maker.fitted.stats.as_of
        history = log.history(places, at)
        made.append(maker.unlabelled(int(user), SITUATION_AT[moment], history))
    return concatenate_lists(made)


def catalogue_genres(movies: pd.DataFrame) -> tuple[str, ...]:
    """The genres in alphabetical order; of very many, the largest `MAX_GENRES`."""
    counts = movies["genres"].map(list).explode().value_counts()
    most = sorted(counts.index, key=lambda genre: (-counts[genre], genre))
    return tuple(sorted(most[:MAX_GENRES]))


@dataclass(frozen=True)
class _InputMaker:
    """Makes lists over one catalogue."""

    movies: pd.DataFrame  # ascending by id
    config: SignalConfig

    @cached_property
    def features(self) -> FeatureSet:
        return build_feature_set(self.config.genre_names, self.config.like_threshold)

    @cached_property
    def facts(self) -> CatalogueMetadata:
        genres = self.movies["genres"].map(set)
        bits = np.zeros(len(genres), dtype=np.int64)
        for place, name in enumerate(self.features.genres):
            bits |= genres.map(lambda own, name=name: name in own).to_numpy(np.int64) << place
        year = self.movies["year"].astype("float32").to_numpy(na_value=np.nan)
        return CatalogueMetadata(self.movies["movie_id"].to_numpy(), bits, year)

    @cached_property
    def item_facts(self) -> ItemMetadata:
        """Content without tags: the product that is measured beside the rankers has none either."""
        no_tags = pd.DataFrame({"row": [], "tag": [], "users": []})
        movies = self.movies.assign(year=self.facts.year)
        content = content_vectors(movies, no_tags, CONFIG, self.config.seed)
        flags = genre_flags(self.facts.genre_bits, self.features)[:, : len(self.features.genres)]
        known = np.ones(len(content), dtype=bool)
        return ItemMetadata(flags, self.facts.year.astype(np.float64), ItemVectors(content, known))

    def log(self, ratings: pd.DataFrame) -> RatingLog:
        """Ratings of movies of the catalogue."""
        names = ("user_id", "movie_id", "rating", "timestamp")
        user_id, movie_id, rating, timestamp = (ratings[name].to_numpy() for name in names)
        item_index = np.searchsorted(self.facts.movie_ids, movie_id)
        return RatingLog.of(user_id, item_index, rating, timestamp)

    def training(self, log: RatingLog, limits: QueryLimits) -> tuple[RankingLists, FittedSignals]:
        """Lists of the past, as the step `ranking-lists` makes them; the last cut's signals."""
        missing = missing_share(log, len(self.facts.movie_ids), self.config.seed)
        made, tables, later_likes = [], [], []
        catalogue = self.facts, self.item_facts
        for cut, builder in fitted_cuts(
            log, catalogue, self.features, (limits, missing), self.config
        ):
            made.append(builder(cut.queries))
            tables.append(movie_table(cut.known, cut.as_of, self.facts, self.features))
            later_likes.append(cut.later_likes)
        lists = concatenate_lists([part for part in made if part is not None])
        return RankingLists(lists, tables, gap_share(log, missing, later_likes)), builder.fitted

    def samples(self, log: RatingLog, training: RankingLists) -> Samples:
        """What models need to know of features: ids and factors are those of the log's first part.

        A release takes them from the train part of its samples, which is that part as well. Numbers
        are normalised by those of the training lists' users and of the movies that were right.
        """
        early = log.take(np.arange(int(TRAIN_SHARE * len(log))))
        users = log.user_ids[early.user]
        movies = self.facts.movie_ids[early.item_index]
        vocabularies = {
            "genders": np.arange(0),
            "occupations": np.arange(0),
            "hours": np.arange(24),
            "weekdays": np.arange(7),
            "users": np.unique(users),
            "movies": np.unique(movies),
        }
        norm_stats = {
            feature.name: fit_normalisation(_observed(feature, training), feature.scale)
            for feature in self.features.of(Entity.USER, Entity.MOVIE)
            if feature.scale is not Normalisation.NONE
        }
        factors = fit_matrix_factors(
            RatingTriples(users, movies, early.rating), FACTOR_CONFIG, self.config.seed
        )
        return Samples(Path(), self.features, Preprocessing(vocabularies, norm_stats), factors)


def _observed(feature: Feature, training: RankingLists) -> np.ndarray:
    """A number's values in the training lists: of their users, of the movies that were right."""
    lists = training.lists
    if feature.entity is Entity.USER:
        return np.ravel(lists.user_rows[feature.name])
    right = np.flatnonzero(lists.relevance)
    cut = np.repeat(lists.cut, np.diff(lists.start))[right]
    tables = np.stack([table[feature.name] for table in training.movie_tables])
    return np.ravel(tables[cut, lists.item_index[right]])

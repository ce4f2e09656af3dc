"""The step `ranking-lists`: lists of the past with the signals of their candidates.

The log is bounded by whole users first (`MAX_RATINGS`), the lists by `QueryLimits`; so the step's
work does not grow with the log beyond that. Signals are fitted once per cut of the log; Spark then
makes the lists of a cut in parallel.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyspark import Broadcast
from pyspark.sql import functions as F

from offline.embeddings.content import step as content
from offline.features.event_table import load_movies, read_table
from offline.features.step import load_feature_set
from offline.ranker.lists.feature_tables import CatalogueMetadata, movie_table
from offline.ranker.lists.fit_signals import SignalConfig
from offline.ranker.lists.label_frequency import missing_share
from offline.ranker.lists.queries import SITUATIONS, PastQuery, QueryLimits
from offline.ranker.lists.ranking_lists import FACTS, fitted_cuts, gap_share
from offline.ranker.lists.rating_log import RatingLog
from offline.ranker.lists.training_lists import TrainingListBuilder
from offline.runtime.step import RunContext, Step
from sparrow.features.declarations import FeatureSet
from sparrow.features.folds import genre_flags
from sparrow.settings import Settings
from sparrow.signals.models.fitted_signals import ItemMetadata
from sparrow.vectors.cold_start import CONTENT_EMBEDDING
from sparrow.vectors.item_vectors import ItemVectors

NAME = "ranking-lists"
MAX_RATINGS = 1_000_000
LIMITS = QueryLimits()
_BLOCKS = 8  # tasks of a cut
_SHARES = 1_000_000  # parts that users are dealt into by a hash


def step(settings: Settings) -> Step:
    """Lists to train the ranker on."""
    return Step(
        NAME,
        "lists of the past for the ranker",
        run,
        depends_on=("features", "content"),
        parameters={
            "seed": settings.seed,
            "like_threshold": settings.like_threshold,
            "limits": asdict(LIMITS),
        },
    )


def run(context: RunContext, folder: Path) -> None:
    """Writes the lists of each cut (`lists-*.npz`), its movie table (`movies-*.npy`) and FACTS."""
    source = context.output_of("features")
    features = load_feature_set(source)
    catalogue = read_catalogue(context, features)
    facts, _ = catalogue
    log = read_log(context, facts)
    missing = missing_share(log, len(facts.movie_ids), context.settings.seed)
    settings = context.settings
    config = SignalConfig(settings.seed, settings.like_threshold, features.genres)
    counts, later_likes = np.zeros(len(SITUATIONS), dtype=int), []
    for cut, builder in fitted_cuts(log, catalogue, features, (LIMITS, missing), config):
        later_likes.append(cut.later_likes)
        counts += _in_spark(context, folder, builder, cut.queries)
        table = movie_table(cut.known, cut.as_of, facts, features)
        np.save(folder / f"movies-{builder.cut}.npy", table)
    by_situation = dict(zip(SITUATIONS, counts.tolist(), strict=True))
    found = {"gap_share": gap_share(log, missing, later_likes), "lists": by_situation}
    (folder / FACTS).write_text(json.dumps(found, indent=2))
    by_name = ", ".join(f"{count:,} {name}" for name, count in by_situation.items())
    context.console.print(
        f"  {int(counts.sum()):,} lists: {by_name}; {missing:.0%} of watched movies are not rated",
        highlight=False,
    )


def read_catalogue(
    context: RunContext, features: FeatureSet
) -> tuple[CatalogueMetadata, ItemMetadata]:
    """Ids, genres, years and content of every movie, ascending by id."""
    table = (
        load_movies(context.spark, context.tables, features.genres).toArrow().sort_by("movie_id")
    )
    ids, bits, year = (table[name].to_numpy() for name in ("movie_id", "genres", "year"))
    folder = content.output_folders(context.output_of("content"))[CONTENT_EMBEDDING]
    vectors = ItemVectors.load(folder, ids)
    genres = genre_flags(bits, features)[:, : len(features.genres)]
    facts = CatalogueMetadata(ids, bits, year.astype(np.float32))
    return facts, ItemMetadata(genres, year.astype(np.float64), vectors)


def read_log(context: RunContext, facts: CatalogueMetadata) -> RatingLog:
    """The ratings of all users, or of so many, by a hash of their ids, as `MAX_RATINGS` allows."""
    total = max(context.dataset()["counts"]["ratings"], 1)
    ratings = read_table(context.spark, context.tables, "ratings")
    part = F.pmod(F.xxhash64("user_id", F.lit(context.settings.seed)), F.lit(_SHARES))
    chosen = ratings.where(part < int(_SHARES * min(1.0, MAX_RATINGS / total)))
    table = chosen.select("user_id", "movie_id", "rating", "timestamp").toArrow()
    columns = {name: table[name].to_numpy() for name in table.column_names}
    return RatingLog.of(
        columns["user_id"],
        np.searchsorted(facts.movie_ids, columns["movie_id"]),
        columns["rating"],
        columns["timestamp"],
    )


def _in_spark(
    context: RunContext, folder: Path, maker: TrainingListBuilder, queries: list[PastQuery]
) -> np.ndarray:
    """Writes `lists-<cut>-<block>.npz`; how many lists of each situation (situations,)."""
    spark = context.spark
    shared = spark.sparkContext.broadcast((maker, queries))
    blocks = spark.range(0, _BLOCKS, 1, _BLOCKS)
    try:
        made = blocks.mapInArrow(_block_of(shared, folder), "situation int, lists long").toArrow()
    finally:
        shared.destroy()
    counts = np.zeros(len(SITUATIONS), dtype=int)
    np.add.at(counts, made["situation"].to_numpy(), made["lists"].to_numpy())
    return counts


def _block_of(
    shared: Broadcast[tuple[TrainingListBuilder, list[PastQuery]]], folder: Path
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def make(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        maker, queries = shared.value
        for block in (int(number) for batch in batches for number in batch["id"].to_numpy()):
            lists = maker(queries[block::_BLOCKS])
            if lists is None:
                continue
            lists.save(folder / f"lists-{maker.cut}-{block}.npz")
            situation, count = np.unique(lists.situation, return_counts=True)
            yield pa.record_batch(
                {"situation": pa.array(situation, pa.int32()), "lists": pa.array(count)}
            )

    return make

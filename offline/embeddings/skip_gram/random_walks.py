"""Random walks over the graph of movie → next liked movie, taken by Spark a step at a time.

The graph is a table of neighbour lists and stays one: in each step every walk is joined with the
list of the movie that it stands on, wherever that is stored. The list of the movie before, which
second-order walks ask for, travels with the walk from its last step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from offline.embeddings.skip_gram.sentences import like_sequences
from sparrow.arrays import Int
from sparrow.features.rating_events import hash_order

NO_PREVIOUS = np.iinfo(np.int64).min  # the movie before the first


@dataclass(frozen=True)
class WalkConfig:
    """Second-order walks of Node2vec; with p = q = 1 they are DeepWalk's."""

    walks: int = 20  # that start at each movie
    length: int = 10  # movies of a walk
    neighbours: int = 100  # of a movie that are kept, the most frequent
    p: float = 1.0  # the larger, the rarer a walk goes straight back
    q: float = 1.0  # above 1 walks stay around where they came from, below 1 they lead away


def transitions(likes: DataFrame) -> DataFrame:
    """source, target, weight: how many users liked one movie right after the other.

    Raises DataError when there are no likes.
    """
    pairs = F.arrays_zip(
        F.expr("slice(movies, 1, size(movies) - 1)").alias("source"),
        F.expr("slice(movies, 2, size(movies) - 1)").alias("target"),
    )
    return (
        like_sequences(likes)
        .select(F.explode(pairs).alias("pair"))
        .where(F.col("pair.source") != F.col("pair.target"))
        .groupBy("pair.source", "pair.target")
        .agg(F.count("*").alias("weight"))
    )


def adjacency(edges: DataFrame, most: int) -> DataFrame:
    """movie, neighbours (array, ascending), weights (array): at most so many for each movie."""
    heaviest = Window.partitionBy("source").orderBy(F.desc("weight"), F.xxhash64("target"))
    edge = F.struct("target", F.col("weight").cast("double").alias("weight"))
    return (
        edges.withColumn("place", F.row_number().over(heaviest))
        .where(F.col("place") <= most)
        .groupBy(F.col("source").alias("movie"))
        .agg(F.sort_array(F.collect_list(edge)).alias("edges"))
        .select(
            "movie",
            F.col("edges.target").alias("neighbours"),
            F.col("edges.weight").alias("weights"),
        )
    )


def walks(graph: DataFrame, config: WalkConfig, seed: int) -> DataFrame:
    """walk, movies (array): `config.walks` from every movie of `graph` (as `adjacency` makes it).

    A walk ends early at a movie without successors. The same seed walks the same ways,
    whatever the partitions.
    """
    start = graph.select("movie", F.explode(F.sequence(F.lit(1), F.lit(config.walks))).alias("n"))
    state = start.select(
        F.xxhash64("movie", "n", F.lit(seed)).alias("walk"),
        F.array("movie").alias("movies"),
        F.lit(None).cast("array<long>").alias("before"),
    )
    for number in range(1, config.length):
        state = _step(state, graph, config, number)
    return state.select("walk", "movies")


def _step(state: DataFrame, graph: DataFrame, config: WalkConfig, number: int) -> DataFrame:
    current = state.select(
        "*",
        F.element_at("movies", -1).alias("movie"),
        F.try_element_at("movies", F.lit(-2)).alias("previous"),
    )
    # a small graph would be broadcast, by way of the driver
    joined = current.join(graph.hint("shuffle_hash"), on="movie", how="left")
    schema = "walk long, movies array<long>, next long, before array<long>"
    moved = joined.drop("movie").mapInArrow(walk_step(config.p, config.q, number), schema)
    onward = F.concat("movies", F.array("next"))
    longer = F.when(F.col("next").isNotNull(), onward).otherwise(F.col("movies"))
    return moved.select("walk", longer.alias("movies"), "before")


def walk_step(
    p: float, q: float, number: int
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Step `number` of walks, for Spark to map over them.

    In: walk, movies; the movie before as `previous` and where that leads to as `before`, null at
    the first step; `neighbours` of the movie that the walk stands on and their `weights`. Out:
    walk, movies, the movie to go to as `next`, and the neighbours as the next step's `before`.
    """

    def move(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            if batch.num_rows:
                yield pa.record_batch(
                    {
                        "walk": batch["walk"],
                        "movies": batch["movies"],
                        "next": _next(batch, p, q, number),
                        "before": batch["neighbours"],
                    }
                )

    return move


def _next(batch: pa.RecordBatch, p: float, q: float, number: int) -> pa.Array:
    """The movie that each walk of the batch goes to, null where there is none to go to."""
    row, neighbour = _ragged(batch["neighbours"])
    if not len(row):
        return pa.nulls(batch.num_rows, pa.int64())
    came_from = batch["previous"].fill_null(NO_PREVIOUS).to_numpy()
    near = _among(row, neighbour, *_ragged(batch["before"]))
    bias = np.where(neighbour == came_from[row], 1 / p, np.where(near, 1.0, 1 / q))
    bias[came_from[row] == NO_PREVIOUS] = 1.0
    weight = bias * batch["weights"].flatten().to_numpy()
    able, first = np.unique(row, return_index=True)
    last = np.append(first[1:], len(row)) - 1
    reached = np.cumsum(weight)
    below = reached[first] - weight[first]
    target = below + _uniform(batch["walk"].to_numpy()[able], number) * (reached[last] - below)
    chosen = np.clip(np.searchsorted(reached, target, side="right"), first, last)
    gone = np.zeros(batch.num_rows, dtype=np.int64)
    gone[able] = neighbour[chosen]
    return pa.array(gone, mask=~np.isin(np.arange(batch.num_rows), able))


def _ragged(lists: pa.ListArray) -> tuple[Int, Int]:
    """The values of all lists, and beside each the row that it is from."""
    lengths = pc.list_value_length(lists).fill_null(0).to_numpy()
    return np.repeat(np.arange(len(lengths)), lengths), lists.flatten().to_numpy()


def _among(row: Int, movie: Int, other_row: Int, other_movie: Int) -> np.ndarray:
    """Which (row, movie) are among the others: an edge leads there from the movie before."""
    names, place = np.unique(np.concatenate([movie, other_movie]), return_inverse=True)
    pair = np.concatenate([row, other_row]) * len(names) + place
    return np.isin(pair[: len(row)], pair[len(row) :])


def _uniform(walk: Int, number: int) -> np.ndarray:
    """A number in [0, 1) for this step of each walk, which depends on nothing else."""
    mixed = hash_order(hash_order(walk).astype(np.int64) + number)
    return np.asarray((mixed >> np.uint64(11)) * 2.0**-53)

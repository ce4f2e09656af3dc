"""What locality-sensitive hashing costs: how many true neighbours the buckets of a movie miss.

SparrowRecSys looks neighbours up in Spark's buckets of random projections (Datar et al. 2004). Here
they are measured against exact search, which is what serves.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyspark.ml.feature import BucketedRandomProjectionLSH
from pyspark.ml.functions import array_to_vector, vector_to_array
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from sparrow.arrays import Int
from sparrow.vectors.embedding import Embedding


@dataclass(frozen=True)
class LshConfig:
    """Buckets, and how they are measured."""

    bucket_length: float = 0.1  # of vectors of length 1
    tables: tuple[int, ...] = (1, 3, 10)  # numbers of hash tables; neighbours share one bucket
    queries: int = 100  # movies whose neighbours are looked up
    neighbours: int = 100  # of each movie; in small catalogues a quarter of the movies


@dataclass(frozen=True)
class LshResult:
    """What so many hash tables find, means over the queries."""

    tables: int
    recall: float  # share of the true neighbours that are in a bucket of the movie's
    fraction_compared: float  # share of the catalogue that is: the work that is left


@dataclass(frozen=True)
class LshReport:
    """Lookups by number of tables."""

    neighbours: int  # of each movie
    queries: int
    movies: int
    bucket_length: float
    results: tuple[LshResult, ...]

    def save(self, file: Path) -> None:
        """Writes JSON."""
        file.write_text(json.dumps(asdict(self), indent=2))

    def lines(self) -> list[str]:
        """A line for each number of tables."""
        return [
            f"LSH, {each.tables} hash table{'s' if each.tables > 1 else ''}: recall@"
            f"{self.neighbours} {each.recall:.3f} of exact search, comparing "
            f"{each.fraction_compared:.1%} of the movies"
            for each in self.results
        ]


def lsh_report(
    spark: SparkSession, embedding: Embedding, config: LshConfig, seed: int
) -> LshReport:
    """Measures the buckets of an embedding of two movies or more, whose vectors have length 1."""
    count = len(embedding.ids)
    neighbour_count = max(1, min(config.neighbours, (count - 1) // 4))
    random = np.random.default_rng(seed)
    query_rows = np.sort(random.permutation(count)[: config.queries])
    true = spark.createDataFrame(nearest(embedding, query_rows, neighbour_count))
    buckets = _buckets(spark, embedding, config, seed)
    rows = _bucket_collisions(buckets, embedding.ids[query_rows]).join(
        true, on=["query", "movie"], how="left"
    )
    met = rows.groupBy("first").agg(F.count("*").alias("all"), F.count("near").alias("near"))
    found = met.toPandas()

    def lookup(tables: int) -> LshResult:
        reached = found[found["first"] < tables]
        recall = reached["near"].sum() / (len(query_rows) * neighbour_count)
        return LshResult(
            tables, float(recall), float(reached["all"].sum() / (len(query_rows) * count))
        )

    results = tuple(lookup(tables) for tables in config.tables)
    return LshReport(neighbour_count, len(query_rows), count, config.bucket_length, results)


def nearest(embedding: Embedding, query_rows: Int, neighbour_count: int) -> pa.Table:
    """query, movie, near (true): exact nearest neighbours of the movies in `query_rows`."""
    cosine = embedding.vectors[query_rows] @ embedding.vectors.T
    cosine[np.arange(len(query_rows)), query_rows] = -np.inf
    found = np.argpartition(-cosine, neighbour_count - 1, axis=1)[:, :neighbour_count]
    return pa.table(
        {
            "query": np.repeat(embedding.ids[query_rows], neighbour_count),
            "movie": embedding.ids[found.ravel()],
            "near": np.ones(found.size, dtype=bool),
        }
    )


def _buckets(spark: SparkSession, embedding: Embedding, config: LshConfig, seed: int) -> DataFrame:
    """movie, table (from 0), bucket."""
    values = pa.array(np.asarray(embedding.vectors, dtype=np.float64).ravel())
    lists = pa.FixedSizeListArray.from_arrays(values, embedding.vectors.shape[1])
    rows = spark.createDataFrame(
        pa.table({"movie": embedding.ids, "vector": lists.cast(pa.list_(pa.float64()))})
    ).select("movie", array_to_vector(F.col("vector")).alias("vector"))
    model = BucketedRandomProjectionLSH(
        inputCol="vector",
        outputCol="hashes",
        bucketLength=config.bucket_length,
        numHashTables=max(config.tables),
        seed=seed,
    ).fit(rows)
    hashed = model.transform(rows).select("movie", F.posexplode("hashes").alias("table", "hash"))
    return hashed.select("movie", "table", vector_to_array(F.col("hash"))[0].alias("bucket"))


def _bucket_collisions(buckets: DataFrame, queries: Int) -> DataFrame:
    """query, movie, first: the first table in which a movie shares a bucket with the query."""
    query_rows = buckets.where(F.col("movie").isin(queries.tolist()))
    return (
        query_rows.withColumnRenamed("movie", "query")
        .join(buckets, on=["table", "bucket"], how="inner")
        .where(F.col("query") != F.col("movie"))
        .groupBy("query", "movie")
        .agg(F.min("table").alias("first"))
    )

"""Matrix factorisation by alternating least squares, of what was watched or of how it was liked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

from pyspark.ml.recommendation import ALS
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from offline.embeddings.vectors.entity_vectors import EntityVectors
from sparrow.signals.models.als_factors import AlsParams


@dataclass(frozen=True)
class AlsConfig(AlsParams):
    """Matrix factorisation of "rated at all", which is what candidates must be.

    Several factorisations, of which one sees the broad tastes and another the narrow ones, predict
    more than any of them: their products add up.
    """

    iterations: int = 12


@dataclass(frozen=True)
class ExplicitAlsConfig:
    """Matrix factorisation of the stars."""

    dimensions: int = 24
    iterations: int = 10
    regularisation: float = 0.1  # MLlib multiplies it by how often a movie or user was seen


def als(ratings: DataFrame, config: AlsConfig, seed: int) -> EntityVectors:
    """Factors after Hu, Koren & Volinsky (2008): user · movie predicts "will be watched".

    A vector is that of each factorisation, one after another.
    """
    values = ratings.withColumn("value", F.lit(1.0))
    fitted = []
    for rank in config.ranks:
        implicit = ALS(
            implicitPrefs=True,
            alpha=config.confidence,
            rank=rank,
            maxIter=config.iterations,
            regParam=config.regularisation,
            seed=seed,
        )
        fitted.append(_fitted(implicit, values))
    return EntityVectors(
        _side_by_side(each.movies for each in fitted), _side_by_side(each.users for each in fitted)
    )


def als_explicit(ratings: DataFrame, config: ExplicitAlsConfig, seed: int) -> EntityVectors:
    """Factors after Zhou et al. (2008): user · movie predicts stars above the user's mean.

    Who gives everything four stars and who gives everything two are brought to the same scale
    first. The product says how much a movie will be liked by those who watch it; it knows nothing
    of whether it will be watched.
    """
    own = Window.partitionBy("user_id")
    centred = ratings.withColumn("value", F.col("rating") - F.avg("rating").over(own))
    explicit = ALS(
        rank=config.dimensions,
        maxIter=config.iterations,
        regParam=config.regularisation,
        seed=seed,
    )
    return _fitted(explicit, centred)


def _side_by_side(frames: Iterable[DataFrame]) -> DataFrame:
    """id, vector: the vectors of each id, one after another; all frames have the same ids."""
    return reduce(
        lambda left, right: left.join(right.withColumnRenamed("vector", "next"), "id").select(
            "id", F.concat("vector", "next").alias("vector")
        ),
        frames,
    )


def _fitted(algorithm: ALS, values: DataFrame) -> EntityVectors:
    columns = algorithm.setUserCol("user_id").setItemCol("movie_id").setRatingCol("value")
    model = columns.fit(values)
    factors = F.col("id").cast("long").alias("id"), F.col("features").alias("vector")
    return EntityVectors(model.itemFactors.select(*factors), model.userFactors.select(*factors))

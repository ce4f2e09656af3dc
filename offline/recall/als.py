"""Matrix factorisation by alternating least squares, of what was watched or of how it was liked."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.ml.recommendation import ALS
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from offline.recall.likes import Recalled


@dataclass(frozen=True)
class AlsConfig:
    """Matrix factorisation of "rated at all", which is what a recall channel must foresee."""

    dimensions: int = 48
    iterations: int = 12
    regularisation: float = 0.2  # MLlib multiplies it by how often a movie or user was seen
    confidence: float = 1.0  # what seeing a movie adds to the weight 1 of not having seen it


@dataclass(frozen=True)
class ExplicitAlsConfig:
    """Matrix factorisation of the stars."""

    dimensions: int = 24
    iterations: int = 10
    regularisation: float = 0.1  # MLlib multiplies it by how often a movie or user was seen


def als(ratings: DataFrame, config: AlsConfig, seed: int) -> Recalled:
    """Factors after Hu, Koren & Volinsky (2008): user · movie foresees "will be watched"."""
    implicit = ALS(
        implicitPrefs=True,
        alpha=config.confidence,
        rank=config.dimensions,
        maxIter=config.iterations,
        regParam=config.regularisation,
        seed=seed,
    )
    return _fitted(implicit, ratings.withColumn("value", F.lit(1.0)))


def als_explicit(ratings: DataFrame, config: ExplicitAlsConfig, seed: int) -> Recalled:
    """Factors after Zhou et al. (2008): user · movie foresees stars above the user's own mean.

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


def _fitted(algorithm: ALS, values: DataFrame) -> Recalled:
    columns = {"userCol": "user_id", "itemCol": "movie_id", "ratingCol": "value"}
    model = algorithm.setParams(**columns).fit(values)
    factors = F.col("id").cast("long").alias("id"), F.col("features").alias("vector")
    return Recalled(model.itemFactors.select(*factors), model.userFactors.select(*factors))

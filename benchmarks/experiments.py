"""Power and false positive rate of experiments, on simulated users fitted on a data set.

    python benchmarks/experiments.py [--runs 200] [--users 4000] [--days 14]

The ground truth is a factorisation of all ratings of the data set; a position-based click model
turns it into clicks. Prints, for each metric, the false positive rate of two equal variants (at the
end, with daily looks, and with the any-time p-value), and how often popularity is told apart from
personal lists of a factorisation fitted on 75 % of the ratings.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np
import pyarrow.parquet as pq

from online.experiments.assignment.assignment import assigned
from online.experiments.assignment.experiment import BUCKETS, Experiment, Variant
from online.experiments.statistics.difference import Difference
from online.experiments.statistics.outcomes import METRICS
from online.simulation.ground_truth import SimulatedRatings, fit_ground_truth, item_means_only
from online.simulation.simulated_experiment import Simulation
from online.simulation.simulated_interleaving import interleaved
from online.simulation.simulated_rankers import best
from sparrow.dataset.tables import DatasetTables
from sparrow.settings import Settings

DIM = 8
LEVEL = 0.05
SHARES = {"a": 0.5, "b": 0.5}


def ratings_of(settings: Settings) -> SimulatedRatings:
    table = pq.read_table(
        DatasetTables(settings.tables).path("ratings"), columns=["user_id", "movie_id", "rating"]
    )
    users, user = np.unique(table["user_id"].to_numpy(), return_inverse=True)
    movies, movie = np.unique(table["movie_id"].to_numpy(), return_inverse=True)
    stars = table["rating"].to_numpy().astype(np.float64)
    return SimulatedRatings(user, movie, stars, (len(users), len(movies)))


def experiment(salt: str) -> Experiment:
    variants = tuple(Variant(name=name, share=share) for name, share in SHARES.items())
    return Experiment(
        name="simulated",
        salt=salt,
        variants=variants,
        share=1.0,
        buckets=((0, BUCKETS),),
        created_at=0,
    )


def runs(simulation: Simulation, options: argparse.Namespace, seed: int) -> Iterator[np.ndarray]:
    """For each run whether each metric raised an alarm: `(3, metrics)` bool."""
    everybody = len(simulation.tastes.users)
    for run in range(options.runs):
        random = np.random.default_rng([seed, run])
        running = experiment(f"{seed} {run}")

        def assign(user_id: int, running: Experiment = running) -> str | None:
            variant = assigned(running, user_id)
            return None if variant is None else variant.name

        users = random.integers(everybody, size=options.users)
        daily_results = [
            [figure.difference for figure in look.variants[1].figures]
            for look in simulation.daily_results(users, assign, random)
        ]
        plain = np.array(
            [[1.0 if d is None else d.p_value for d in each] for each in daily_results]
        )
        safe = np.array([[any_time(d) for d in each] for each in daily_results])
        yield np.stack([plain[-1], plain.min(axis=0), safe.min(axis=0)]) < LEVEL


def any_time(found: Difference | None) -> float:
    return 1.0 if found is None or found.any_time is None else found.any_time.p_value


def show(title: str, shares: np.ndarray) -> None:
    print(f"\n{title}")
    print(f"{'metric':<22}{'at the end':>14}{'any day':>14}{'any-time p':>14}")
    for metric, row in zip(METRICS, shares.T, strict=True):
        print(f"{metric.name:<22}" + "".join(f"{share:>14.1%}" for share in row))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--users", type=int, default=4000)
    parser.add_argument("--days", type=int, default=14)
    options = parser.parse_args()
    settings = Settings()
    ratings = ratings_of(settings)
    known = ratings.take(np.random.default_rng(settings.seed).random(len(ratings.stars)) < 0.75)
    truth, learned = (fit_ground_truth(part, DIM, settings.seed) for part in (ratings, known))
    seen = {user: known.movie[known.user == user] for user in range(known.shape[0])}
    rankers = best(item_means_only(learned), seen), best(learned, seen)
    print(
        f"{options.runs} runs, seed {settings.seed}: {options.users} users with the tastes of "
        f"{known.shape[0]}, {options.days} days, level {LEVEL:.0%}"
    )
    for title, pair in (("equal variants", rankers[:1] * 2), ("popular and personal", rankers)):
        simulation = Simulation(truth, dict(zip("ab", pair, strict=True)), SHARES, options.days)
        alarms = list(runs(simulation, options, settings.seed))
        show(f"a difference found between {title}", np.mean(alarms, axis=0))
    everybody = np.arange(known.shape[0])
    found = interleaved(truth, rankers, everybody, np.random.default_rng(settings.seed))
    print(
        f"\ninterleaved for {len(everybody)} users, one visit each: {found.share_b:.0%} of "
        f"{found.for_a + found.for_b} votes for personal, p = {found.p_value:.2g}"
    )


if __name__ == "__main__":
    main()

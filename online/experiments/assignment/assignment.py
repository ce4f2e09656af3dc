"""Who is in which experiment, and in which of its variants: two hashes and no memory.

A layer's hash divides the users into buckets, of which each experiment of the layer has its own;
the experiment's hash, salted apart, divides its users among the variants. So layers are
independent of each other, experiments of a layer share no user, and more or fewer buckets let
users in or out without moving one from variant to variant.
(Tang, Agarwal, O'Brien, Meyer, "Overlapping Experiment Infrastructure", KDD 2010.)
"""

from __future__ import annotations

from bisect import bisect_right

from xxhash import xxh3_64_intdigest

from online.experiments.assignment.experiment import BUCKETS, Experiment, Variant


def bucket(salt: str, user_id: int) -> int:
    """A number from 0 to `BUCKETS` - 1 that looks random and never changes."""
    return xxh3_64_intdigest(f"{salt}\n{user_id}".encode()) % BUCKETS


def assigned(experiment: Experiment, user_id: int) -> Variant | None:
    """The user's variant; None for those whom the experiment leaves alone."""
    return variant_of(experiment, user_id) if takes_part(experiment, user_id) else None


def variant_of(experiment: Experiment, user_id: int) -> Variant:
    """The variant of somebody who takes part."""
    part = bucket(f"{experiment.layer} {experiment.salt}", user_id)
    return experiment.variants[bisect_right(experiment.ends, part)]


def takes_part(experiment: Experiment, user_id: int) -> bool:
    """Whether the user is in one of its buckets."""
    place = bucket(f"layer {experiment.layer}", user_id)
    return any(start <= place < end for start, end in experiment.buckets)


def seed_of(experiment: Experiment, user_id: int, day: int) -> int:
    """What an interleaved list throws its coins with: the same for all its pages on one day."""
    return xxh3_64_intdigest(f"{experiment.salt}\n{user_id}\n{day}".encode())

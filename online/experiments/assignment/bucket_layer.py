"""The buckets of a layer: experiments take them, and no two have the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from online.experiments.assignment.experiment import BUCKETS, Experiment, Method, Range, Status
from sparrow.errors import InvalidRequestError


def same_layer(experiment: Experiment, everybody: Iterable[Experiment]) -> list[Experiment]:
    """The others of its layer that have buckets: drafts and running ones, not stopped ones."""
    return [
        other
        for other in everybody
        if other.layer == experiment.layer
        and other.name != experiment.name
        and other.status is not Status.STOPPED
    ]


def allocate_buckets(experiment: Experiment, others: Sequence[Experiment]) -> Experiment:
    """The experiment with as many buckets as its share needs; the first ones stay.

    `others` are its neighbours. Raises InvalidRequestError, naming the layer and who has it, when
    there are too few left, or `first_bucket` leads to buckets of another.
    """
    kept = _first(experiment.buckets, experiment.size)
    missing = experiment.size - _count(kept)
    if not kept and experiment.first_bucket is not None:
        start = experiment.first_bucket
        added: tuple[Range, ...] = ((start, start + missing),) if missing else ()
    else:
        added = _first(tuple(_free([*others, _with(experiment, kept)])), missing)
        if _count(added) < missing:
            raise InvalidRequestError("share", _full(experiment, others))
    changed = _with(experiment, _joined((*kept, *added)))
    check_disjoint(changed, others)
    return changed


def check_parameters(experiment: Experiment, everybody: Iterable[Experiment]) -> None:
    """Raise InvalidRequestError, naming the other, if an experiment of another layer varies the
    same: a user in both would get only one of the two, and be counted for both.
    """
    for other in everybody:
        both = experiment.varied & other.varied
        apart = other.layer == experiment.layer or other.on != experiment.on
        if apart or other.status is Status.STOPPED:
            continue
        if experiment.method is other.method is Method.INTERLEAVED:
            raise InvalidRequestError(
                "layer",
                f"Experiment {other.name} of layer {other.layer} interleaves the same lists: put "
                f"{experiment.name} into that layer.",
            )
        if both:
            raise InvalidRequestError(
                "layer",
                f"Experiment {other.name} of layer {other.layer} varies {', '.join(sorted(both))} "
                f"too: put {experiment.name} into that layer.",
            )


def check_disjoint(experiment: Experiment, others: Sequence[Experiment]) -> None:
    """Raise InvalidRequestError, naming the other, if two would have the same buckets."""
    field = "buckets" if experiment.first_bucket is None else "first_bucket"
    for start, end in experiment.buckets:
        if end > BUCKETS:
            raise InvalidRequestError(
                field, f"Expected buckets below {BUCKETS}, got {start} to {end - 1}."
            )
        for other in others:
            for first, last in other.buckets:
                if start < last and first < end:
                    raise InvalidRequestError(
                        field,
                        f"Buckets {max(start, first)} to {min(end, last) - 1} of layer "
                        f"{experiment.layer} belong to {other.name}: stop it, or take others.",
                    )


def _free(experiments: Iterable[Experiment]) -> Iterator[Range]:
    end_of_last = 0
    for start, end in sorted(r for e in experiments for r in e.buckets):
        if start > end_of_last:
            yield end_of_last, start
        end_of_last = end
    if end_of_last < BUCKETS:
        yield end_of_last, BUCKETS


def _first(ranges: Sequence[Range], size: int) -> tuple[Range, ...]:
    """The first `size` buckets of ranges, or all if there are fewer."""
    taken: list[Range] = []
    for start, end in ranges:
        left = size - _count(taken)
        if left > 0:
            taken.append((start, min(end, start + left)))
    return tuple(taken)


def _joined(ranges: Iterable[Range]) -> tuple[Range, ...]:
    joined: list[Range] = []
    for start, end in ranges:
        if joined and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return tuple(joined)


def _count(ranges: Iterable[Range]) -> int:
    return sum(end - start for start, end in ranges)


def _with(experiment: Experiment, buckets: tuple[Range, ...]) -> Experiment:
    return experiment.model_copy(update={"buckets": buckets})


def _full(experiment: Experiment, others: Sequence[Experiment]) -> str:
    have = sum(_count(other.buckets) for other in others)
    names = ", ".join(sorted(other.name for other in others))
    return (
        f"Layer {experiment.layer} is full: {experiment.name} needs {experiment.size:,} of its "
        f"{BUCKETS:,} buckets, but {names} have {have:,}. Stop one, or take a smaller share."
    )

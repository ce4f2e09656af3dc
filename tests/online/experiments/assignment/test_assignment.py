"""Who is in what: shares are met, nobody moves, layers do not know of each other."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy.stats import chi2_contingency

from online.experiments.assignment.assignment import assigned, bucket
from online.experiments.assignment.bucket_layer import (
    allocate_buckets,
    check_disjoint,
    check_parameters,
)
from online.experiments.assignment.experiment import (
    BUCKETS,
    Experiment,
    ExperimentDefinition,
    Status,
    Variant,
)
from sparrow.errors import InvalidRequestError

IDS = range(1, 100_001)
HALVES = (Variant(name="a", share=0.5), Variant(name="b", share=0.5))
shares = st.integers(0, BUCKETS).map(lambda buckets: buckets / BUCKETS)


def experiment(name="one", share=1.0, variants=HALVES, others=(), **more) -> Experiment:
    made = Experiment(
        name=name, share=share, variants=variants, created_at=0, **{"salt": name, **more}
    )
    return allocate_buckets(made, others)


def ramped(made: Experiment, share: float, others=()) -> Experiment:
    return allocate_buckets(made.model_copy(update={"share": share}), others)


def who(made: Experiment, ids=IDS) -> np.ndarray:
    """The variant's place for each user, -1 for who is in none."""
    places = {v.name: place for place, v in enumerate(made.variants)} | {None: -1}
    found = (assigned(made, user_id) for user_id in ids)
    return np.array([places[variant and variant.name] for variant in found])


def size(made: Experiment) -> int:
    return sum(end - start for start, end in made.buckets)


def test_shares_are_met_within_a_hundredth():
    variants = tuple(
        Variant(name=n, share=s) for n, s in [("a", 0.5), ("b", 0.3), ("c", 0.15), ("d", 0.05)]
    )
    found = who(experiment(share=0.4, variants=variants))
    assert (found >= 0).mean() == pytest.approx(0.4, abs=0.01)
    split = np.bincount(found[found >= 0]) / (found >= 0).sum()
    assert split == pytest.approx([0.5, 0.3, 0.15, 0.05], abs=0.01)


def test_two_layers_are_independent():
    found = [who(experiment(name, layer=layer)) for name, layer in [("x", "one"), ("y", "two")]]
    table = np.histogram2d(*found, bins=2)[0]
    assert chi2_contingency(table).pvalue > 0.01


def test_the_buckets_of_two_layers_are_independent():
    places = [[bucket(f"layer {n}", i) // (BUCKETS // 10) for i in IDS] for n in ("one", "two")]
    assert chi2_contingency(np.histogram2d(*places, bins=10)[0]).pvalue > 0.01


def test_the_variant_does_not_depend_on_the_bucket():
    made = experiment()
    variant, place = who(made), [bucket("layer default", i) // (BUCKETS // 10) for i in IDS]
    assert chi2_contingency(np.histogram2d(variant, place, bins=(2, 10))[0]).pvalue > 0.01


def test_another_salt_mixes_anew():
    table = np.histogram2d(*(who(experiment(salt=salt)) for salt in ("s", "t")), bins=2)[0]
    assert chi2_contingency(table).pvalue > 0.01


def test_who_gets_what_stays_the_same_across_versions():
    assert "".join(map(str, who(experiment(), range(1, 21)))) == "01100101010011010000"


@settings(max_examples=30, deadline=None)
@given(st.lists(shares, min_size=2, max_size=6), st.integers(0, 3))
def test_ramping_moves_nobody_between_variants(steps, taken):
    others = [experiment("other", 0.1, first_bucket=3000 * taken)]
    made, before = experiment(share=0, others=others), np.full(2000, -1)
    for share in steps:
        share = min(share, 0.9)
        was, made = made, ramped(made, share, others)
        now = who(made, range(2000))
        stayed = (before >= 0) & (now >= 0)
        assert (before[stayed] == now[stayed]).all()
        grew = made.share >= was.share
        assert ((before >= 0) <= (now >= 0)).all() if grew else ((now >= 0) <= (before >= 0)).all()
        assert size(made) == made.size
        before = now


@settings(max_examples=30, deadline=None)
@given(st.lists(shares, min_size=1, max_size=8))
def test_experiments_of_a_layer_share_no_user(wanted):
    made: list[Experiment] = []
    for number, share in enumerate(wanted):
        free = BUCKETS - sum(map(size, made))
        if round(share * BUCKETS) > free:
            with pytest.raises(InvalidRequestError, match="Layer default is full"):
                experiment(f"e{number}", share, others=made)
        else:
            made.append(experiment(f"e{number}", share, others=made))
    for user_id in range(500):
        assert sum(assigned(each, user_id) is not None for each in made) <= 1
    owned = [b for each in made for start, end in each.buckets for b in range(start, end)]
    assert len(owned) == len(set(owned)) == sum(each.size for each in made)


def test_a_full_layer_is_named_with_who_has_it():
    others = [experiment("big", 0.7), experiment("small", 0.2, first_bucket=7000)]
    with pytest.raises(InvalidRequestError, match=r"Layer default is full.*big, small") as caught:
        experiment("new", 0.2, others=others)
    assert caught.value.field == "share"
    assert size(experiment("new", 0.1, others=others)) == 1000


@pytest.mark.parametrize(("first", "message"), [(4000, "belong to big"), (9500, "below 10000")])
def test_buckets_that_cannot_be_had_are_named(first, message):
    others = [experiment("big", 0.5)]
    with pytest.raises(InvalidRequestError, match=message) as caught:
        experiment("new", 0.1, first_bucket=first, others=others)
    assert caught.value.field == "first_bucket"


def test_the_overlap_of_a_stopped_one_is_refused():
    stopped = experiment("old", 0.3)
    with pytest.raises(InvalidRequestError, match=r"Buckets 100 to 199 .* belong to new"):
        check_disjoint(stopped, [experiment("new", 0.01, first_bucket=100)])


def test_two_layers_must_not_vary_the_same():
    models = (HALVES[0], Variant(name="b", share=0.5, parameters={"model": "din"}))
    flows = (HALVES[0], Variant(name="b", share=0.5, parameters={"flow": "home"}))
    first = experiment("first", variants=models, layer="one")
    with pytest.raises(InvalidRequestError, match="first of layer one varies model"):
        check_parameters(experiment("second", variants=models, layer="two"), [first])
    check_parameters(experiment("second", variants=flows, layer="two"), [first])
    check_parameters(experiment("second", variants=models, layer="one"), [first])
    stopped = first.model_copy(update={"status": Status.STOPPED})
    check_parameters(experiment("second", variants=models, layer="two"), [stopped])


@pytest.mark.parametrize(
    "changes",
    [
        {"variants": [{"name": "a", "share": 0.5}, {"name": "b", "share": 0.4}]},
        {"variants": [{"name": "a", "share": 0.5}, {"name": "a", "share": 0.5}]},
        {"variants": [{"name": "a", "share": 1}]},
        {"share": 1.1},
        {"share": float("nan")},
        {"name": "Not A Name"},
        {"first_bucket": BUCKETS},
        {"variants": [{"name": "a", "share": 1, "parameters": {"magic": 1}}] * 2},
    ],
)
def test_what_is_no_experiment_is_refused(changes):
    fine = {"name": "x", "share": 0.5, "variants": [v.model_dump() for v in HALVES]}
    ExperimentDefinition(**fine)
    with pytest.raises(ValidationError):
        ExperimentDefinition(**(fine | changes))


def test_an_experiment_changes_lists_only_in_its_time():
    running = experiment(status=Status.RUNNING, start_at=100, stop_at=200)
    assert [running.active(at) for at in (99, 100, 199, 200)] == [False, True, True, False]
    assert not experiment().active(150)

"""What experiments make of a query."""

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from online.experiments.assignment.assignment import variant_of
from online.experiments.assignment.bucket_layer import allocate_buckets
from online.experiments.assignment.decision import AvailableTargets, choose
from online.experiments.assignment.experiment import Experiment, Parameters, Variant
from online.types import Query
from sparrow.errors import InvalidRequestError

VALID = AvailableTargets(frozenset({"din", "crowd"}), frozenset({"home", "discover"}))
NOW = 1_000_000.0


def experiment(name="one", status="running", **parameters) -> Experiment:
    variants = (
        Variant(name="a", share=0.5),
        Variant(name="b", share=0.5, parameters=parameters),
    )
    made = Experiment(
        name=name, layer=name, salt=name, share=1, variants=variants, status=status, created_at=0
    )
    return allocate_buckets(made, [])


def chosen(query: Query, *experiments: Experiment):
    return choose({each.name: each for each in experiments}, query, VALID, NOW)


def somebody_in(made: Experiment, variant: str) -> int:
    return next(i for i in range(100) if variant_of(made, i).name == variant)


def test_a_variant_sets_what_it_says_and_the_control_nothing():
    made = experiment(model="crowd")
    for variant, model in [("a", None), ("b", "crowd")]:
        query = Query(somebody_in(made, variant), limit=7)
        choice = chosen(query, made)
        assert (choice.variants, choice.exposed) == ({"one": variant}, True)
        assert (choice.query.model, choice.query.limit) == (model, 7)


@pytest.mark.parametrize("control", ["diversity", "popularity", "freshness"])
def test_controls_of_a_list_can_be_varied_unless_the_user_set_them(control):
    made = experiment(**{control: 0.5})
    user = somebody_in(made, "b")
    assert getattr(chosen(Query(user), made).query, control) == 0.5
    own = Query(user, **{control: 0.1})
    assert chosen(own, made).query == own


def test_every_parameter_is_one_of_a_query():
    names = {field.name for field in fields(Query)}
    assert set(Parameters.model_fields) <= names


def test_two_layers_set_both():
    first, second = experiment("one", model="crowd"), experiment("two", flow="discover")
    both = next(i for i in range(100) if {variant_of(e, i).name for e in (first, second)} == {"b"})
    query = chosen(Query(both), first, second).query
    assert (query.model, query.flow) == ("crowd", "discover")


@pytest.mark.parametrize(
    "query",
    [Query(None), Query(1, model="din"), Query(1, flow="discover")],
    ids=["nobody", "asks itself", "another flow"],
)
def test_who_is_not_concerned_is_left_alone_in_every_variant(query):
    choice = chosen(query, experiment(model="crowd"))
    assert (choice.query, choice.variants) == (query, {})


@pytest.mark.parametrize("made", [experiment(model="gone"), experiment("x", "draft", model="din")])
def test_what_cannot_serve_or_does_not_run_changes_nothing(made):
    assert chosen(Query(somebody_in(made, "a")), made).variants == {}
    assert chosen(Query(somebody_in(made, "b")), made).variants == {}


def test_a_forced_variant_wins_and_does_not_count():
    made, draft = experiment(model="crowd"), experiment("two", "draft", model="din")
    query = Query(somebody_in(made, "b"), variants=(("two", "b"),))
    choice = chosen(query, made, draft)
    assert (choice.query.model, choice.exposed) == ("din", False)
    assert choice.variants == {"one": "b", "two": "b"}
    with pytest.raises(InvalidRequestError, match="one:a, one:b, got one:c"):
        chosen(Query(1, variants=(("one", "c"),)), made)


@given(st.lists(st.integers(0, 100), min_size=2, max_size=20).filter(any), st.integers(0))
def test_everybody_has_one_variant_that_has_a_share(weights, user_id):
    variants = tuple(
        Variant(name=f"v{n}", share=weight / sum(weights)) for n, weight in enumerate(weights)
    )
    made = Experiment(name="x", share=1, variants=variants, created_at=0)
    assert variant_of(made, user_id).share > 0

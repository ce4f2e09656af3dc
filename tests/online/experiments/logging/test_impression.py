"""The record of a served list."""

from online.experiments.logging.impression import MAX_MOVIES, impression_of
from online.reason import Reason
from online.types import Movie, Page, Query, Recommended


def page(length: int) -> Page:
    items = tuple(
        Recommended(
            Movie(n, "", None, (), None, None, 0, None),
            1 / n,
            (),
            Reason("popular"),
            propensity=1 / n,
        )
        for n in range(1, length + 1)
    )
    return Page(items, length, "home", "din", "r-1", 0.0, (), True, {"x": "a"})


def test_it_has_what_was_shown_in_its_order():
    record = impression_of(7, Query(7, offset=3, request_id="mine"), page(4))
    assert (record.user_id, record.request_id, record.position) == (7, "mine", 3)
    assert record.movies == [1, 2, 3, 4]
    assert record.scores == record.propensities == [1, 1 / 2, 1 / 3, 1 / 4]
    assert (record.flow, record.model, record.release) == ("home", "din", "r-1")
    assert record.variants == {"x": "a"}


def test_long_lists_are_cut_and_requests_without_an_id_get_one():
    records = [impression_of(7, Query(7), page(MAX_MOVIES + 1)) for _ in range(2)]
    assert records[0].movies == list(range(1, MAX_MOVIES + 1))
    assert records[0].request_id != records[1].request_id

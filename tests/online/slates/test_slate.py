"""The record of a held list, and its name."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from online.slates.slate import MOST_BYTES, MOST_MOVIES, HeldList, same_list
from online.slates.slate_key import list_id
from online.types import Query

index = st.integers(0, 2**31 - 1)
chance = st.floats(0, 1, width=32)


@st.composite
def held_lists(draw):
    movies = draw(st.lists(index, max_size=MOST_MOVIES, unique=True))
    ranks = draw(st.sets(st.sampled_from(range(len(movies))))) if movies else set()
    mixed = draw(st.booleans())
    return HeldList(
        at=draw(st.integers(0, 2**62)),
        turn=draw(st.integers(0, 2**16 - 1)),
        acted=draw(st.sampled_from([b"", b"0-0", b"1767225600000-0", b"9" * 41])),
        movies=np.array(movies, dtype=np.int64),
        chances={rank: draw(chance) for rank in sorted(ranks)},
        passed=np.array(draw(st.lists(index, max_size=300)), dtype=np.int64),
        teams=tuple(draw(st.integers(0, 1)) for _ in movies) if mixed else (),
        shown=draw(st.integers(0, 2**16 - 1)),
    )


@given(held_lists())
def test_a_list_comes_back_as_it_was_and_fits_into_a_kilobyte(held):
    data = held.encode()
    found = HeldList.decode(data)
    assert len(data) <= MOST_BYTES == 1024
    for name in ("at", "turn", "acted", "teams", "shown", "chances"):
        assert getattr(found, name) == getattr(held, name), name
    assert found.movies.tolist() == held.movies.tolist()
    kept = len(found.passed)
    assert kept >= min(len(held.passed), 10)
    assert found.passed.tolist() == held.passed.tolist()[len(held.passed) - kept :]
    assert found.encode() == data


def test_a_usual_list_has_room_for_many_that_were_passed_over():
    usual = HeldList(at=1, movies=np.arange(100), passed=np.arange(100))
    assert len(HeldList.decode(usual.encode()).passed) == 100


@given(held_lists(), st.data())
def test_bytes_that_are_no_list_are_refused(held, data):
    whole = held.encode()
    cut = data.draw(st.integers(0, len(whole) - 1))
    for bad in (whole[:cut], b"\xff" + whole[1:], whole + b"x"):
        with pytest.raises(ValueError, match=r"held list|buffer|offset"):
            HeldList.decode(bad)


@given(held_lists(), st.integers(0, 2**16 - 1))
def test_it_is_the_same_list_however_far_it_was_shown(held, shown):
    further, later = replace(held, shown=shown), replace(held, at=held.at + 1)
    assert same_list(held.encode(), further.encode())
    assert not same_list(held.encode(), later.encode())


def test_what_decides_a_list_names_it():
    asked, plain = Query(1, flow="home"), list_id([Query(1)], ("r-1",))
    same = (
        replace(asked, limit=7, offset=40),
        replace(asked, request_id="x", shown=False, strangers=False, refresh=True),
        replace(asked, user_id=2, variants=(("x", "a"),)),
    )
    assert {list_id([query], ("r-1",)) for query in same} == {plain}
    other = {
        "flow": "discover",
        "model": "din",
        "genre": "Drama",
        "movie_id": 3,
        "exclude": (1,),
        "year_from": 1990,
        "year_to": 1990,
        "min_votes": 1,
        "diversity": 0.5,
        "popularity": 0.5,
        "freshness": 0.5,
        "at": 1,
        "moment": "end",
        "bandit": "linucb",
    }
    of_the_list = {f.name for f in fields(Query)} - {
        *("user_id", "limit", "offset", "variants"),
        *("request_id", "strangers", "shown", "refresh", "explain"),
    }
    assert set(other) == of_the_list
    changed = [list_id([replace(asked, **{name: other[name]})], ("r-1",)) for name in other]
    changed += [list_id([asked], ("r-2",)), list_id([asked], ("r-1", "rules"))]
    changed += [list_id([asked, replace(asked, flow="discover")], ("r-1",))]
    assert len({plain, *changed}) == len(changed) + 1
    assert {len(each) for each in changed} == {8}

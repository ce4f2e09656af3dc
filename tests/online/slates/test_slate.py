"""The record of a held list, and its name."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from online.slates.slate import MAX_BYTES, MAX_RANKS, Slate, is_same_slate
from online.slates.slate_key import slate_key
from online.types import Query

index = st.integers(0, 2**31 - 1)
chance = st.floats(0, 1, width=32)


@st.composite
def slates(draw):
    movies = draw(st.lists(index, max_size=MAX_RANKS, unique=True))
    ranks = draw(st.sets(st.sampled_from(range(len(movies))))) if movies else set()
    mixed = draw(st.booleans())
    return Slate(
        at=draw(st.integers(0, 2**62)),
        refresh_count=draw(st.integers(0, 2**16 - 1)),
        taste_version=draw(st.sampled_from([b"", b"0-0", b"1767225600000-0", b"9" * 41])),
        movies=np.array(movies, dtype=np.int64),
        chances={rank: draw(chance) for rank in sorted(ranks)},
        skipped=np.array(draw(st.lists(index, max_size=300)), dtype=np.int64),
        teams=tuple(draw(st.integers(0, 1)) for _ in movies) if mixed else (),
        shown=draw(st.integers(0, 2**16 - 1)),
    )


@given(slates())
def test_a_list_comes_back_as_it_was_and_fits_into_a_kilobyte(slate):
    data = slate.encode()
    found = Slate.decode(data)
    assert len(data) <= MAX_BYTES == 1024
    for name in ("at", "refresh_count", "taste_version", "teams", "shown", "chances"):
        assert getattr(found, name) == getattr(slate, name), name
    assert found.movies.tolist() == slate.movies.tolist()
    kept = len(found.skipped)
    assert kept >= min(len(slate.skipped), 10)
    assert found.skipped.tolist() == slate.skipped.tolist()[len(slate.skipped) - kept :]
    assert found.encode() == data


def test_a_usual_list_has_room_for_many_that_were_passed_over():
    usual = Slate(at=1, movies=np.arange(100), skipped=np.arange(100))
    assert len(Slate.decode(usual.encode()).skipped) == 100


@given(slates(), st.data())
def test_bytes_that_are_no_list_are_refused(slate, data):
    whole = slate.encode()
    cut = data.draw(st.integers(0, len(whole) - 1))
    for bad in (whole[:cut], b"\xff" + whole[1:], whole + b"x"):
        with pytest.raises(ValueError, match=r"held list|buffer|offset"):
            Slate.decode(bad)


@given(slates(), st.integers(0, 2**16 - 1))
def test_it_is_the_same_list_however_far_it_was_shown(slate, shown):
    further, later = replace(slate, shown=shown), replace(slate, at=slate.at + 1)
    assert is_same_slate(slate.encode(), further.encode())
    assert not is_same_slate(slate.encode(), later.encode())


def test_what_decides_a_list_names_it():
    asked, plain = Query(1, flow="home"), slate_key([Query(1)], ("r-1",))
    same = (
        replace(asked, limit=7, offset=40),
        replace(
            asked, request_id="x", log_impression=False, allow_unknown_user=False, refresh=True
        ),
        replace(asked, user_id=2, variants=(("x", "a"),)),
    )
    assert {slate_key([query], ("r-1",)) for query in same} == {plain}
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
        *("request_id", "allow_unknown_user", "log_impression", "refresh", "explain"),
    }
    assert set(other) == of_the_list
    changed = [slate_key([replace(asked, **{name: other[name]})], ("r-1",)) for name in other]
    changed += [slate_key([asked], ("r-2",)), slate_key([asked], ("r-1", "rules"))]
    changed += [slate_key([asked, replace(asked, flow="discover")], ("r-1",))]
    assert len({plain, *changed}) == len(changed) + 1
    assert {len(each) for each in changed} == {8}

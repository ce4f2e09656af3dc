"""Events one by one, and the fold of what stands, against a plain loop."""

import asyncio
from uuid import UUID, uuid4

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from redis.exceptions import ConnectionError as Gone
from redis.exceptions import ResponseError

from sparrow.errors import DependencyError
from sparrow.features.row_codec import HISTORY
from sparrow.feedback.event import MAX_CLOCK_SKEW_SECONDS, MAX_ID, Event, EventType, parse_events
from sparrow.feedback.event_log import EventLog
from sparrow.feedback.feedback_state import replay
from sparrow.feedback.record import (
    ACTIVE,
    KINDS,
    PROFILE,
    RECORD,
    RETRACTED,
    UNDONE,
    decode_records,
    encode_record,
)

NOW = 1_700_000_000
RATING = {"user_id": 1, "type": "rating", "movie_id": 2, "value": 4.5}


def test_a_good_event_gets_an_id_and_the_time():
    events, refused = parse_events([RATING], NOW)
    assert not refused
    assert events[0].timestamp == NOW
    assert isinstance(events[0].event_id, UUID)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"value": 0.4}, "value"),
        ({"value": 5.1}, "value"),
        ({"value": None}, "value"),
        ({"value": float("nan")}, "value"),
        ({"value": float("inf")}, "value"),
        ({"type": "view", "value": float("nan")}, "value"),
        ({"type": "stare"}, "type"),
        ({"movie_id": None}, "movie_id"),
        ({"movie_id": MAX_ID + 1}, "movie_id"),
        ({"user_id": -1}, "user_id"),
        ({"user_id": "1"}, "user_id"),
        ({"user_id": True}, "user_id"),
        ({"event_id": "not one"}, "event_id"),
        ({"timestamp": NOW + MAX_CLOCK_SKEW_SECONDS + 1}, "timestamp"),
        ({"timestamp": 1.5}, "timestamp"),
        ({"type": "undo"}, "undoes"),
        ({"undoes": str(uuid4())}, "undoes"),
        ({"context": {"page": "x" * 5000}}, "context"),
        ({"context": {"page": 2**70}}, "context"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_bad_event_is_refused_by_itself(changes, field):
    events, refused = parse_events([RATING, RATING | changes, RATING], NOW)
    assert list(events) == [0, 2]
    (refusal,) = refused
    assert (refusal.index, refusal.field) == (1, field)
    assert refusal.message


@pytest.mark.parametrize("junk", [5, None, "x", [], {}])
def test_what_is_no_event_is_refused(junk):
    events, refused = parse_events([junk], NOW)
    assert not events
    assert refused[0].index == 0


def test_a_clock_may_be_a_little_ahead():
    events, _ = parse_events([RATING | {"timestamp": NOW + MAX_CLOCK_SKEW_SECONDS}], NOW)
    assert events[0].timestamp == NOW + MAX_CLOCK_SKEW_SECONDS


def test_records_are_the_events():
    event = Event(**RATING, timestamp=NOW, undo=True)
    live = {PROFILE.encode(): b"{}", b"rating:2": encode_record(event)}
    (record,) = decode_records(live)
    assert bytes(record["event_id"]) == event.event_id.bytes
    assert (record["movie_id"], record["timestamp"], record["value"]) == (2, NOW, 4.5)
    assert KINDS[record["kind"]] is EventType.RATING
    assert record["status"] == RETRACTED
    with pytest.raises(ValueError, match="size"):
        decode_records({b"rating:2": encode_record(event)[:-1]})


records = st.lists(
    st.tuples(
        st.sampled_from([KINDS.index(EventType.RATING), *range(len(KINDS))]),
        st.integers(1, 4),  # movie
        st.integers(0, 6),  # time
        st.sampled_from([0.5, 2.0, 5.0]),
        st.sampled_from([ACTIVE, ACTIVE, RETRACTED, UNDONE]),
    ),
    max_size=25,
)
histories = st.dictionaries(
    st.integers(1, 6), st.tuples(st.integers(0, 6), st.sampled_from([1.0, 3.0])), max_size=5
)


def as_history(history):
    rows = sorted((time, movie, stars) for movie, (time, stars) in history.items())
    made = np.empty(len(rows), dtype=HISTORY)
    for place, (time, movie, stars) in enumerate(rows):
        made[place] = (movie, time, stars)
    return made


def as_records(events):
    made = np.zeros(len(events), dtype=RECORD)
    for place, (kind, movie, time, stars, flag) in enumerate(events):
        made[place] = (np.void(uuid4().bytes), movie, time, stars, kind, flag)
    return made


def loop(history, events):
    """What stands, by kind: movie → (time, stars), as somebody would write it down by hand."""
    said = {kind: {} for kind in range(len(KINDS))}
    gone = {
        (m, t) for k, m, t, _, flag in events if KINDS[k] is EventType.RATING and flag == UNDONE
    }
    for movie, (time, stars) in history.items():
        if (movie, time) not in gone:
            said[KINDS.index(EventType.RATING)][movie] = (time, stars, ACTIVE)
    for kind, movie, time, stars, flag in events:
        if flag == UNDONE:
            continue
        before = said[kind].get(movie)
        if before is None or time >= before[0]:
            said[kind][movie] = (time, stars, flag)
    return {
        KINDS[kind]: {m: (t, s) for m, (t, s, flag) in movies.items() if flag == ACTIVE}
        for kind, movies in said.items()
    }


@given(histories, records)
def test_what_stands_is_what_a_plain_loop_says(history, events):
    stands, expected = replay(as_history(history), as_records(events)), loop(history, events)
    found = {int(r["movie_id"]): (r["timestamp"], r["rating"]) for r in stands.history}
    assert found == expected[EventType.RATING]
    assert len(found) == len(stands.history)
    assert (np.diff(stands.history["timestamp"]) >= 0).all()
    kinds = (EventType.VIEW, EventType.NOT_INTERESTED, EventType.WATCHLIST)
    for kind, movies in zip(kinds, (stands.watched, stands.hidden, stands.watchlist), strict=True):
        assert len(movies) == len(set(movies.tolist()))
        assert set(movies.tolist()) == expected[kind].keys()
        times = [expected[kind][movie][0] for movie in movies.tolist()]
        assert times == sorted(times)
        if kind != EventType.NOT_INTERESTED:
            at = stands.watched_at if kind is EventType.VIEW else stands.watchlist_at
            assert at.tolist() == times


@given(histories, records)
def test_folding_what_a_release_knows_already_changes_nothing(history, events):
    made = as_records(events)
    once = replay(as_history(history), made)
    again = replay(once.history, made)
    np.testing.assert_array_equal(once.history, again.history)


@given(histories)
def test_without_events_the_history_stands(history):
    given_ = as_history(history)
    stands = replay(given_, np.empty(0, dtype=RECORD))
    assert sorted(stands.history.tolist()) == sorted(given_.tolist())


def test_a_rating_that_a_release_knows_is_taken_back_there_too():
    history = as_history({1: (5, 3.0), 2: (5, 3.0), 3: (6, 1.0)})
    rating = KINDS.index(EventType.RATING)
    stands = replay(history, as_records([(rating, 1, 5, 3.0, UNDONE), (rating, 3, 5, 1.0, UNDONE)]))
    assert stands.history["movie_id"].tolist() == [2, 3]  # of movie 3 it was another rating


class Disk:
    """A Redis whose scripts succeed, and whose WAITAOF answers what it is told to."""

    def __init__(self, synced, aof):
        self._synced, self._aof = synced, aof

    def pipeline(self, transaction):
        return self

    async def __aenter__(self):
        return self

    async def __aexit__(self, *error):
        return None

    def eval(self, *arguments):
        return self

    def execute_command(self, *arguments):
        return self

    async def execute(self, raise_on_error):
        return [b"21", self._synced]

    async def info(self, section):
        return {"aof_enabled": self._aof}


@pytest.mark.parametrize(
    ("synced", "aof", "durable"),
    [
        ([1, 0], 1, True),
        ([0, 0], 1, False),  # not on the disk in time
        (ResponseError("unknown command 'WAITAOF'"), 1, True),  # older than 7.2
        (ResponseError("unknown command 'WAITAOF'"), 0, False),
        (Gone("gone"), 1, False),
    ],
)
def test_only_what_is_on_the_disk_is_acknowledged(synced, aof, durable):
    reserving = EventLog(Disk(synced, aof)).allocate_user_id(20)
    if durable:
        assert asyncio.run(reserving) == 21
    else:
        with pytest.raises(DependencyError):
            asyncio.run(reserving)


@pytest.mark.parametrize("value", [1e10, -1e10, 1e300])
def test_a_value_that_a_record_cannot_hold_is_refused(value: float) -> None:
    with pytest.raises(ValidationError, match="value"):
        Event(user_id=1, type="view", movie_id=1, value=value)

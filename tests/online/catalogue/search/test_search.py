"""Search over titles: any order, beginnings, typing errors, years."""

from __future__ import annotations

import string

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from online.catalogue.search.title_index import MAX_WORDS, SearchIndex
from online.catalogue.search.title_query import SearchQuery, words
from online.catalogue.search.title_vocabulary import ONE_EDIT, Vocabulary

FILMS = [
    ("The Matrix", 1999),
    ("The Matrix Reloaded", 2003),
    ("Le fabuleux destin d'Amélie Poulain", 2001),
    ("Singin' in the Rain", 1952),
    ("Schindler's List", 1993),
    ("Straße der Łódź", 1960),
    ("羅生門", 1950),
    ("Matricide", None),
    ("Reign", 1999),
]
TITLES, YEARS = zip(*FILMS, strict=True)
INDEX = SearchIndex(TITLES, YEARS, np.array([1, 0, 2, 3, 4, 5, 6, 7, 8]))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("matrix", [1, 0]),
        ("MATR", [1, 0, 7]),
        ("reloaded the", [1]),
        ("rel mat", [1]),
        ("1999 matrix", [0]),
        ("amelie", [2]),
        ("d'amélie", [2]),
        ("singin in", [3]),
        ("schindlers", [4]),
        ("schindler's", [4]),
        ("strasse lodz", [5]),
        ("羅生", [6]),
        ("matrix rain", []),
        ("!!!", []),
        ("", []),
    ],
)
def test_finds_words_and_their_beginnings(text, found):
    assert INDEX.find(text).item_index.tolist() == found


@pytest.mark.parametrize(
    ("text", "found", "suggestion"),
    [
        ("matirx", [1, 0], "matrix"),
        ("the matirx", [1, 0], "the matrix"),
        ("atrix", [1, 0], "matrix"),
        ("matrix relaoded", [1], "matrix reloaded"),
        ("matirx y:1999", [0], "matrix y:1999"),
        ("Amèlei", [2], "amelie"),
        ("shcindlres", [4], "schindlers"),  # two errors, in a long word
        ("marxti", [], None),  # two, in a short one
        ("hte", [], None),  # short words are too much alike
        ("matrix zzz", [], "matrix"),
        ("zzz matirx qqq", [], "matrix"),
        ("zzz", [], None),
        ("matrix", [1, 0], None),
        ("reig", [8], None),
    ],
)
def test_forgives_typing_errors_and_says_what_was_meant(text, found, suggestion):
    hits = INDEX.find(text)
    assert hits.item_index.tolist() == found
    assert hits.suggestion == suggestion


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("matrix y:1999", [0]),
        ("Y:1999 matrix", [0]),
        ("the y:1990-2003", [1, 0]),
        ("y:1999", [0, 8]),
        ("y:1960-1950", [3, 5, 6]),
        ("y：1952", [3]),
        ("y:1990-2003 y:2003", [1]),
        ("matrix y:1950", []),
        ("y:99", []),
    ],
)
def test_years_bound_what_is_found(text, found):
    assert INDEX.find(text).item_index.tolist() == found


def test_short_words_are_corrected_only_where_nothing_begins_like_them():
    index = SearchIndex(["Star Wars", "Dark City", "Jurassic Park"], [None] * 3, np.arange(3))
    assert index.find("star wras").suggestion == "star wars"
    assert index.find("dark").item_index.tolist() == [1]


def test_what_fits_better_comes_first_then_what_is_better_known():
    titles = ["Starry Star", "Stars", "Star", "Stare Wide", "Sbarry", "Star"]
    index = SearchIndex(titles, [None] * 6, np.array([4, 3, 1, 0, 2, 5]))
    assert index.find("star").item_index.tolist() == [2, 5, 0, 3, 1]
    assert index.find("starry").item_index.tolist() == [0, 4]


@given(st.sampled_from(range(len(TITLES))), st.randoms(use_true_random=False))
def test_a_title_is_found_by_the_starts_of_its_words_in_any_order(place, random):
    prefixes = [word[: random.randint(1, len(word))] for word in words(TITLES[place])]
    random.shuffle(prefixes)
    assert place in INDEX.find(" ".join(prefixes)).item_index


@given(st.lists(st.text(max_size=20), min_size=1, max_size=8))
def test_every_title_is_found_by_its_own_words(titles):
    index = SearchIndex(titles, [None] * len(titles), np.arange(len(titles)))
    for place, title in enumerate(titles):
        if words(title):
            hits = index.find(" ".join(words(title)))
            assert place in hits.item_index
            assert hits.suggestion is None


LONG = [(place, word) for place in range(len(FILMS)) for word in words(TITLES[place])]
LONG = [(place, word) for place, word in LONG if len(word) >= ONE_EDIT]


@st.composite
def one_edit(draw) -> tuple[int, str]:
    """A title's place, and one of its longer words with a letter wrong."""
    place, word = draw(st.sampled_from(LONG))
    at = draw(st.integers(0, len(word) - 1))
    letter = draw(st.sampled_from(string.ascii_lowercase))
    rest = word[at + 1 :]
    edited = [word[:at] + letter + word[at:], word[:at] + rest, word[:at] + letter + rest]
    if rest:
        edited.append(word[:at] + rest[0] + word[at] + rest[1:])
    return place, draw(st.sampled_from(edited))


@given(one_edit())
def test_one_wrong_letter_in_a_longer_word_still_finds_the_title(wrong):
    place, text = wrong
    assert place in INDEX.find(text).item_index


@given(st.text())
def test_any_text_can_be_searched(text):
    assert set(INDEX.find(text).item_index.tolist()) <= set(range(len(TITLES)))


TYPED = ["the", "matirx", "relo", "relaoded", "zzz", "shcindlers", "rain", "y:1999", "y:1950"]


@given(st.lists(st.sampled_from(TYPED), min_size=1).map(" ".join))
def test_a_suggestion_finds_films_and_suggests_nothing_else(text):
    suggestion = INDEX.find(text).suggestion
    if suggestion is not None:
        again = INDEX.find(suggestion)
        assert len(again.item_index) > 0
        assert again.suggestion is None


def test_an_empty_catalogue_finds_nothing():
    assert len(SearchIndex([], [], np.arange(0)).find("matrix y:1999").item_index) == 0


def test_very_long_queries_are_cut():
    text = " ".join(["the", *(f"w{number}" for number in range(MAX_WORDS + 5))])
    assert INDEX.find(text).suggestion == "the"


@given(st.text())
def test_words_are_folded_already(text):
    assert words(" ".join(words(text))) == words(text)


@given(st.text())
def test_a_query_is_read_the_same_when_written_again(text):
    query = SearchQuery.parse(text)
    assert SearchQuery.parse(query.rewritten(query.words)) == query


class Watched(list):
    """Words that remember which of them were looked at."""

    looks = 0

    def __getitem__(self, place):
        assert not isinstance(place, slice), "copies the index"
        self.looks += 1
        return super().__getitem__(place)


@pytest.mark.parametrize("prefix", ["", "w", "w00", "w1234", "zzz"])
def test_a_prefix_is_found_by_halving(prefix):
    vocabulary = Vocabulary(f"w{number:04d}" for number in range(4096))
    vocabulary.words = watched = Watched(vocabulary.words)
    places = range(*vocabulary.starting_with(prefix).indices(4096))
    assert [*places] == [n for n in range(4096) if f"w{n:04d}".startswith(prefix)]
    assert watched.looks <= 2 * 13

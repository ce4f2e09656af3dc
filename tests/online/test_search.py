import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from online.search import SearchIndex, words

TITLES = [
    "The Matrix 1999",
    "The Matrix Reloaded 2003",
    "Le fabuleux destin d'Amélie Poulain 2001",
    "Singin' in the Rain 1952",
    "Schindler's List 1993",
    "Straße der Łódź 1960",
    "羅生門 1950",
]
INDEX = SearchIndex(TITLES, np.array([1, 0, 2, 3, 4, 5, 6]))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("matrix", [1, 0]),
        ("MATR", [1, 0]),
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
        ("atrix", []),
        ("matrix rain", []),
        ("!!!", []),
        ("", []),
    ],
)
def test_finds(text, found):
    assert INDEX.find(text).tolist() == found


@given(st.sampled_from(range(len(TITLES))), st.randoms(use_true_random=False))
def test_a_title_is_found_by_the_starts_of_its_words_in_any_order(place, random):
    prefixes = [word[: random.randint(1, len(word))] for word in words(TITLES[place])]
    random.shuffle(prefixes)
    assert place in INDEX.find(" ".join(prefixes))


class Watched(list):
    """Words that remember which of them were looked at."""

    looks = 0

    def __getitem__(self, place):
        assert not isinstance(place, slice), "copies the index"
        self.looks += 1
        return super().__getitem__(place)


@pytest.mark.parametrize("prefix", ["", "w", "w00", "w1234", "zzz"])
def test_a_prefix_is_found_by_halving(prefix):
    titles = [f"W{number:04d}" for number in range(4096)]
    index = SearchIndex(titles, np.arange(4096))
    index._words = words = Watched(index._words)
    found = np.flatnonzero(index._starting_with(prefix)).tolist()
    assert found == [n for n, title in enumerate(titles) if title.lower().startswith(prefix)]
    assert words.looks <= 2 * 13


@given(st.text())
def test_any_text_can_be_searched(text):
    assert set(INDEX.find(text).tolist()) <= set(range(len(TITLES)))


@given(st.text())
def test_words_are_folded_already(text):
    assert words(" ".join(words(text))) == words(text)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparrow.dataset.titles import Title, parse_genres, parse_title

CASES = {
    "American President, The (1995)": Title("The American President", 1995),
    '"American President, The (1995)"': Title("The American President", 1995),
    "Léon: The Professional (a.k.a. The Professional) (Léon) (1994)": Title(
        "Léon: The Professional", 1994, ("The Professional", "Léon")
    ),
    "City of Lost Children, The (Cité des enfants perdus, La) (1995)": Title(
        "The City of Lost Children", 1995, ("La Cité des enfants perdus",)
    ),
    "Seven (a.k.a. Se7en) (1995)": Title("Seven", 1995, ("Se7en",)),
    "Misérables, Les (1995)": Title("Les Misérables", 1995),
    "Boot, Das (Boat, The) (1981)": Title("Das Boot", 1981, ("The Boat",)),
    "Das Boot": Title("Das Boot"),
    "Postino, Il (1994)": Title("Il Postino", 1994),
    "Mariachi, El (1992)": Title("El Mariachi", 1992),
    "Star Maker, The (Uomo delle stelle, L') (1995)": Title(
        "The Star Maker", 1995, ("L'Uomo delle stelle",)
    ),
    "Avventura, L' (Adventure, The) (1960)": Title("L'Avventura", 1960, ("The Adventure",)),
    "Vitelloni, I (1953)": Title("I Vitelloni", 1953),
    "Lord of the Rings: The Fellowship of the Ring, The (2001)": Title(
        "The Lord of the Rings: The Fellowship of the Ring", 2001
    ),
    "2001: A Space Odyssey (1968)": Title("2001: A Space Odyssey", 1968),
    "1984": Title("1984"),
    "Nineteen Eighty-Four": Title("Nineteen Eighty-Four"),
    "(500) Days of Summer (2009)": Title("(500) Days of Summer", 2009),
    "Birdman: Or (The Unexpected Virtue of Ignorance) (2014)": Title(
        "Birdman: Or (The Unexpected Virtue of Ignorance)", 2014
    ),
    "Mesrine (Part 1) (2008)": Title("Mesrine (Part 1)", 2008),
    "Land Before Time III: The Time of the Great Giving (1995) (V)": Title(
        "Land Before Time III: The Time of the Great Giving", 1995
    ),
    "Twin (1990) Peaks": Title("Twin Peaks", 1990),
    "Death Note: Desu nôto (2006–2007)": Title("Death Note: Desu nôto", 2006),
    "Mad Men (2007-2015) ": Title("Mad Men", 2007),
    "Fargo (2014- )": Title("Fargo", 2014),
    "Fast, Cheap &amp; Out of Control (1997)": Title("Fast, Cheap & Out of Control", 1997),
    "Amélie &amp;amp; Co": Title("Amélie & Co"),
    'Great Performances: "Cats" (1998)': Title('Great Performances: "Cats"', 1998),
    "Maybe, Maybe Not (Bewegte Mann, Der) (1994)": Title(
        "Maybe, Maybe Not", 1994, ("Der Bewegte Mann",)
    ),
    "Foo (Bar (Baz)) (1990)": Title("Foo", 1990, ("Bar (Baz)",)),
    "Smile :) (2001)": Title("Smile :)", 2001),
    "(1995)": Title("(1995)", 1995),
    "The, The": Title("The The"),
    "Passage de Venus (1874)": Title("Passage de Venus", 1874),
    "Number (1234)": Title("Number (1234)"),
    "   ": Title(""),
    "": Title(""),
}


@pytest.mark.parametrize("raw", CASES)
def test_titles_read_as_people_say_them(raw):
    assert parse_title(raw) == CASES[raw]


pieces = st.sampled_from(
    ["The", ", The", ", L'", "(", ")", "(1995)", "(V)", "(a.k.a. ", '"', "&amp;", "&", "or ", " ",
     "é", "film", ",", ":", "(Part 2)", "2001"]
)  # fmt: skip
texts = st.one_of(st.text(), st.lists(pieces, max_size=12).map("".join))


@given(texts)
def test_parsing_a_parsed_title_changes_nothing(raw):
    title = parse_title(raw).title
    assert parse_title(title).title == title


@given(texts)
def test_text_is_never_lost_entirely(raw):
    if "&" not in raw and raw.strip():
        assert parse_title(raw).title


@given(st.text(alphabet="abcdefgh ", min_size=1).filter(str.strip), st.integers(1900, 2030))
def test_a_year_behind_a_plain_title_is_found(name, year):
    parsed = parse_title(f"{name} ({year})")
    assert parsed == Title(" ".join(name.split()), year)


def test_genres_agree_across_data_sets():
    assert parse_genres(["Children's", "Animation"]) == ["Animation", "Children"]
    assert parse_genres(["Sci-Fi", "Film-Noir", "Sci-Fi"]) == ["Film-Noir", "Sci-Fi"]
    assert (
        parse_genres(["(no genres listed)"]) == parse_genres(["unknown"]) == parse_genres([]) == []
    )

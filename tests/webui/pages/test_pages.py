"""Every page: what it says, and how it behaves when there is little or nothing to say."""

from __future__ import annotations

import asyncio
import csv
import re
from html.parser import HTMLParser

import pytest
from fake_service import FakeService
from starlette.testclient import TestClient

from online.types import Movie, Rating
from sparrow.errors import DependencyError
from webui.views.lists.home_view import chart_cards
from webui.views.lists.personal_rows import PersonalRows
from webui.views.shared.cards import Card
from webui.views.shared.rows import ROW, Row, fill
from webui.views.shared.user_marks import load_user_marks
from webui.views.users.rating_summary import HistoryLine, ratings

PAGES = (
    "/",
    "/movie/1",
    "/movie/10",
    "/movie/12?by=content",
    "/movie/1/actions",
    "/watchlist",
    "/welcome",
    "/welcome/movies?film=1&film=10&film=12",
    "/user/42",
    "/user/42?page=2",
    "/browse",
    "/browse?genres=Drama&genres=Action&match=any&year_from=1950&sort=year&page=2",
    "/browse?min_votes=999999",
    "/genre/Drama",
    "/search",
    "/search?q=the",
    "/search?q=nothing+like+it",
    "/search?q=%3Cscript%3Ealert(1)",
    "/collection/popular",
    "/collection/hidden-gems?genre=Western",
    "/movie/999",
    "/browse?year_from=soon",
    "/nowhere",
)
VOID = frozenset(("area", "base", "br", "hr", "img", "input", "link", "meta", "path", "rect"))
SCRIPT = re.compile(r'<script src="/static/[0-9a-f]+/[a-z.]+" defer></script>')


class Structure(HTMLParser):
    """What a page is built of: landmarks, headings, ids, labels, and what the policy forbids."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.forbidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.forbidden += [f"{tag} {name}" for name, _ in attrs if name.startswith("on")]
        self.forbidden += [f"{tag} style" for name, _ in attrs if name == "style"]
        inline = tag == "script" and "src" not in dict(attrs)
        self.forbidden += [tag] if tag == "style" or inline else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> closes something else"

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


def structure(html: str) -> Structure:
    parsed = Structure()
    parsed.feed(html)
    return parsed


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("who", ["client", "user"])
def test_a_page_is_well_formed_and_holds_no_script(
    path: str, who: str, request: pytest.FixtureRequest
) -> None:
    client: TestClient = request.getfixturevalue(who)
    answer = client.get(path)
    page = structure(answer.text)
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    labelled = {attrs.get("for") for attrs in page.all("label")}
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert page.open == []
    assert page.forbidden == []
    assert len(page.all("main")) == len(page.all("header")) == len(page.all("h1")) == 1
    assert len(ids) == len(set(ids))
    assert all(attrs["id"] in labelled for attrs in page.all("input") if "id" in attrs)
    assert all("alt" in attrs for attrs in page.all("img"))


@pytest.mark.parametrize("path", PAGES)
def test_titles_and_searches_are_text_never_markup(path: str, user: TestClient) -> None:
    html = SCRIPT.sub("", user.get(path).text)
    assert "<script" not in html
    assert "onerror=alert(2)>" not in html
    assert "&amp;lt;" not in html


@pytest.mark.parametrize("path", PAGES)
def test_a_page_refers_to_nothing_but_this_site(path: str, user: TestClient) -> None:
    page = structure(user.get(path).text)
    loaded = [attrs["src"] for tag in ("img", "script") for attrs in page.all(tag)] + [
        a["href"] for a in page.all("link")
    ]
    assert all(address and re.match(r"/(static|poster)/", address) for address in loaded)


def test_home_for_nobody_invites_and_shows_charts(client: TestClient) -> None:
    html = client.get("/").text
    for row in ("Popular", "Top rated", "Latest", "Hidden gems", "Drama", "Comedy"):
        assert f">{row}</h2>" in html
    assert '<button class="pill" name="user_id" value="42">User 42</button>' in html


@pytest.mark.parametrize(
    ("count", "language", "words"),
    [
        (0, "en", "Based on what you told us"),
        (1, "en", "Based on your 1 rating"),
        (7, "en", "Based on your 7 ratings"),
        (1, "zh", "根据你的 1 个评分"),
        (7, "zh", "根据你的 7 个评分"),
    ],
)
def test_home_says_on_how_many_ratings_it_is_based(
    user: TestClient,
    service: FakeService,
    monkeypatch: pytest.MonkeyPatch,
    count: int,
    language: str,
    words: str,
) -> None:
    async def seen(_user_id: int) -> frozenset[int]:
        return frozenset(range(count))

    monkeypatch.setattr(service, "seen", seen)
    html = user.get("/", headers={"Accept-Language": language}).text
    assert f"<p>{words}</p>" in html


def test_home_for_a_user_says_what_ranked_it(user: TestClient) -> None:
    html = user.get("/").text
    assert "<p>Based on your 31 ratings</p>" in html
    assert "<dd>mlp</dd>" in html
    assert "<dd>12 ms</dd>" in html
    assert "<code>r-1</code>" in html
    assert re.findall(r'<h2 id="[^"]*">([^<]*)', html) == [
        "Top picks for you",
        "Because you rated Drama no. 19",
        "Because you rated Drama no. 29",
        "Drama for you",
        "Trending",
    ]


def test_a_page_is_one_visit_and_its_frame_browses_nothing(
    user: TestClient, service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    visits = []
    monkeypatch.setattr(service, "with_request_cache", lambda: visits.append(1) or service)
    service.broken["browse"] = RuntimeError("the frame needs no search")
    assert "Search 72 films" in user.get("/").text
    assert len(visits) == 1


def test_home_never_shows_a_film_in_two_personal_rows(
    user: TestClient, service: FakeService
) -> None:
    user.get("/")
    top, new, drama = service.queries[:3]
    assert (new.year_from, drama.genre) == (1997, "Drama")
    assert (top.exclude, len(set(new.exclude)), len(set(drama.exclude))) == ((), 18, 18)


def test_other_ids_of_a_movie_count_as_the_movie_in_every_row(service: FakeService) -> None:
    """5 is another id of what 42 rated, 7 of what a row before shows."""
    service.duplicates = {13: (5,), 1: (7,)}
    mine = asyncio.run(load_user_marks(service, 42))
    rows = PersonalRows(service, 42, mine, None, shown=(1,))
    row = asyncio.run(rows.like(service.movie(2)))
    assert [card.movie.movie_id for card in row][:4] == [3, 4, 6, 8]
    chart = asyncio.run(chart_cards(service, "popular", mine))
    numbers = [card.movie.movie_id for card in chart]
    assert 5 not in numbers
    assert len(numbers) == ROW


def test_a_row_that_fails_says_so_and_the_page_stands(
    user: TestClient, service: FakeService
) -> None:
    service.broken["recommend"] = RuntimeError("a defect")
    answer = user.get("/")
    assert answer.status_code == 200
    assert answer.text.count("We couldn't load these films.") == 4
    assert ">Trending</h2>" in answer.text
    assert "a defect" not in answer.text


@pytest.mark.parametrize(
    "path", ["/", "/movie/1", "/browse", "/browse?hide_seen=1", "/search?q=the"]
)
def test_pages_stand_while_users_cannot_be_known(
    path: str, user: TestClient, service: FakeService
) -> None:
    away = DependencyError("Redis does not answer.")
    service.broken.update(seen=away, user=away)
    answer = user.get(path)
    assert answer.status_code == 200
    assert "We can't load your ratings right now" in answer.text
    assert not re.search(r"<span>[\d,]+ ratings</span>", answer.text)


def test_a_film_without_neighbours_says_so(client: TestClient) -> None:
    assert "We don't know enough about this film" in client.get("/movie/10").text


def test_a_film_links_to_where_its_ids_are_known(client: TestClient) -> None:
    assert 'href="https://www.imdb.com/title/tt0133093/"' in client.get("/movie/1").text
    assert 'href="https://www.themoviedb.org/movie/603"' in client.get("/movie/1").text
    assert "imdb.com" not in client.get("/movie/2").text


def test_a_film_shows_own_rating_and_who_liked_it_most(user: TestClient) -> None:
    assert re.search(r"<legend>Your rating <b[^>]*>4\.5</b>", user.get("/movie/12").text)
    assert '<a href="/user/7">User 7</a>' in user.get("/movie/1").text


def test_history_is_paged_newest_first(client: TestClient) -> None:
    first, second = client.get("/user/42").text, client.get("/user/42?page=2").text
    assert first.index("Drama no. 13<") < first.index("Drama no. 36<")
    assert "Page 1 of 2" in first
    assert "Drama no. 37<" in second
    assert "Page 2 of 2" in second
    assert 'rel="next"' not in second


def test_taste_is_a_chart_with_its_figures(client: TestClient) -> None:
    html = client.get("/user/42").text
    assert '<rect class="value" width="100.0" height="10"/>' in html
    assert re.search(r">96%</td>\s*<td class=\"number\">40%</td>", html)
    assert re.search(r">3\.2</td>\s*<td class=\"number\">3\.1</td>", html)
    assert '<rect class="mark" x="40.7"' in html


def test_browsing_keeps_the_filter_on_further_pages(client: TestClient) -> None:
    html = client.get("/browse?genres=Drama&year_from=1913&sort=title").text
    assert 'href="/browse?genres=Drama&amp;year_from=1913&amp;sort=title&amp;page=2"' in html
    assert '<option value="title" selected>' in html


def test_empty_fields_of_the_form_ask_for_nothing(client: TestClient) -> None:
    form = "/browse?match=all&year_from=&year_to=&min_rating=&min_votes=&sort=popularity"
    assert "72 films" in client.get(form).text


def test_no_match_offers_ways_out(client: TestClient) -> None:
    html = client.get("/browse?genres=Western&min_votes=9999").text
    assert "No films match. Try:" in html
    assert '<a href="/browse?genres=Western">any number of ratings (1)</a>' in html


def test_hiding_what_was_seen_needs_a_user(client: TestClient, user: TestClient) -> None:
    assert "41 films" in user.get("/browse?hide_seen=1").text
    user.cookies.clear()
    assert "72 films" in client.get("/browse?hide_seen=1").text


def test_a_page_behind_the_last_leads_back(client: TestClient) -> None:
    html = client.get("/browse?page=99").text
    assert '<a href="/browse?page=3">Go to the last page</a>' in html


def test_search_without_a_hit_leads_on(client: TestClient) -> None:
    html = client.get("/search?q=nothing+like+it").text
    assert "0 films found" in html
    assert 'href="/collection/popular"' in html


@pytest.mark.parametrize("typed", ["matirx", "matrix zzz"])
def test_a_mistyped_search_says_what_was_meant(client: TestClient, typed: str) -> None:
    html = client.get("/search", params={"q": typed}).text
    assert 'Did you mean <a href="/search?q=matrix">matrix</a>?' in html
    assert "Did you mean" not in client.get("/search?q=matrix").text


def test_a_search_can_be_bounded_by_years(client: TestClient) -> None:
    html = client.get("/search", params={"q": "the y:1990-1999"}).text
    assert "1 film found" in html
    assert 'href="/movie/1"' in html


def test_everything_for_you_is_for_somebody(client: TestClient) -> None:
    answer = client.get("/for-you", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_everything_for_you_is_paged(user: TestClient) -> None:
    assert "Page 1 of 2" in user.get("/for-you").text
    assert "Page 2 of 2" in user.get("/for-you?page=2").text


def test_a_model_of_the_menu_ranks_every_personal_row(
    user: TestClient, service: FakeService
) -> None:
    html = user.get("/?model=signal:als").text
    assert '<option value="signal:als" selected>Model: ALS</option>' in html
    assert [query.model for query in service.queries[-3:]] == ["signal:als"] * 3
    assert user.get("/?model=oracle").status_code == 422


def test_a_row_that_failed_is_asked_for_alone(user: TestClient, service: FakeService) -> None:
    service.broken["recommend"] = service.broken["similar"] = RuntimeError("a defect")
    addresses = re.findall(r'<a href="" hx-get="(/rows/[^"]+)"', user.get("/").text)
    assert addresses == [
        "/rows/picks",
        "/rows/because/19",
        "/rows/because/29",
        "/rows/new",
        "/rows/picks?genre=Drama",
        "/rows/picks?genre=Western",
    ]
    service.broken.clear()
    assert ">Because you rated Drama no. 19</h2>" in user.get(addresses[1]).text
    row = user.get(addresses[4] + "&exclude=7").text
    assert ">Drama for you</h2>" in row
    assert "<html" not in row
    assert service.queries[-1].exclude == (7,)
    new = user.get(addresses[3] + "?exclude=7").text
    assert ">New for you</h2>" in new
    assert ">The Matrix</a>" in new
    assert "Saving Private Ryan" not in new
    assert ">Latest</h2>" in user.get("/rows/latest").text


def test_personal_rows_are_for_users(client: TestClient) -> None:
    assert client.get("/rows/picks").status_code == 404


def test_a_slow_row_is_left_for_later() -> None:
    async def never() -> tuple[Card, ...]:
        await asyncio.sleep(3600)
        return ()

    late = asyncio.run(fill(Row("Popular", again="/rows/popular"), never, patience=0.01))
    assert (late.stale_reason, late.failed, late.worth_showing) == (True, False, True)


def test_suggestions_are_options_below_the_box(client: TestClient) -> None:
    html = client.get("/search/suggest?q=the&box=look").text
    assert 'id="look-option-1" aria-selected="false" data-href="/movie/1"' in html
    assert client.get("/search/suggest?q=").text.strip() == ""
    assert client.get("/search/suggest?q=the&box=%22").status_code == 422


def test_more_films_come_with_an_address(client: TestClient) -> None:
    html = client.get("/browse").text
    assert re.search(r'rel="next" href="(/browse\?page=2)" hx-get="\1"', html)


def test_a_history_is_sorted_and_narrowed(client: TestClient) -> None:
    worst = client.get("/user/42?sort=worst&genre=Drama").text
    assert '<option value="worst" selected>' in worst
    assert worst.index("Drama no. 20<") < worst.index("Drama no. 21<")
    assert 'href="/user/42?sort=worst&amp;genre=Drama&amp;page=2"' in worst


def test_a_history_is_a_file_too(client: TestClient) -> None:
    answer = client.get("/user/42/ratings.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    lines = list(csv.DictReader(answer.text.splitlines()))
    assert len(lines) == 31
    assert lines[0]["title"] == "Drama no. 13"


def test_a_user_is_compared_with_everybody() -> None:
    films = (
        Movie(1, "A", 1994, ("Drama",), None, None, 100, 4.0),
        Movie(2, "B", 1999, ("Drama", "War"), None, None, 100, 3.0),
        Movie(3, "C", 2011, ("War",), None, None, 1, 5.0),  # one vote is no everybody
    )
    found = ratings([HistoryLine(Rating(1, m.movie_id, 1.0, 0), m) for m in films])
    assert [line.movie.title for line in found.disagreements] == ["A", "B"]
    assert [(bar.label, bar.count) for bar in found.decades] == [
        ("1960", 0),
        ("1970", 0),
        ("1980", 0),
        ("1990", 2),
        ("2000", 0),
        ("2010", 1),
    ]
    assert [bar.count for bar in found.stars] == [0, 3, 0, 0, 0, 0, 0, 0, 0, 0]


def test_a_film_says_what_a_user_would_give_and_what_all_gave(client):
    nobody = client.get("/movie/2").text
    assert "We predict" not in nobody
    assert re.search(r'<th scope="col">4</th>.*<td>30</td>', nobody, re.S)
    client.post("/session/browse-as", data={"user_id": 42})
    page = client.get("/movie/2").text
    assert "3.5" in page.split("We predict")[1][:200]
    assert "Most likely 2.5–4.5" in page


def test_nothing_is_foretold_of_somebody_new(user, service, monkeypatch):
    async def nothing(_, movies):
        return [None] * len(movies)

    monkeypatch.setattr(service, "predict_ratings", nothing)
    assert "Rate a few more films to see a prediction" in user.get("/movie/2").text

"""Every page: what it says, and how it behaves when there is little or nothing to say."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from fake_service import FakeService
from starlette.testclient import TestClient

from sparrow.errors import DependencyError

PAGES = (
    "/",
    "/movie/1",
    "/movie/10",
    "/movie/12?by=content",
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
        self.forbidden += [tag] if tag in ("style", "script") else []
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
@pytest.mark.parametrize("who", ["client", "viewer"])
def test_a_page_is_well_formed_and_needs_no_script(
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
def test_titles_and_searches_are_text_never_markup(path: str, viewer: TestClient) -> None:
    html = viewer.get(path).text
    assert "<script" not in html
    assert "onerror=alert(2)>" not in html
    assert "&amp;lt;" not in html


@pytest.mark.parametrize("path", PAGES)
def test_a_page_refers_to_nothing_but_this_site(path: str, viewer: TestClient) -> None:
    page = structure(viewer.get(path).text)
    loaded = [attrs["src"] for attrs in page.all("img")] + [a["href"] for a in page.all("link")]
    assert all(address and re.match(r"/(static|poster)/", address) for address in loaded)


def test_home_for_nobody_invites_and_shows_charts(client: TestClient) -> None:
    html = client.get("/").text
    for row in ("Popular", "Top rated", "Latest", "Hidden gems", "Drama", "Comedy"):
        assert f">{row}</h2>" in html
    assert '<button class="pill strong" name="user_id" value="42">Viewer 42</button>' in html


def test_home_for_a_viewer_says_what_ranked_it(viewer: TestClient) -> None:
    html = viewer.get("/").text
    assert "Ranked by <strong>mlp</strong> from 31 ratings · 12 ms" in html
    assert "<code>r-1</code>" in html
    assert re.findall(r'<h2 id="[^"]*">([^<]*)', html) == [
        "Top picks for you",
        "Drama for you",
        "Latest",
    ]


def test_a_page_is_one_visit_and_its_frame_browses_nothing(
    viewer: TestClient, service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    visits = []
    monkeypatch.setattr(service, "for_one_visit", lambda: visits.append(1) or service)
    service.broken["browse"] = RuntimeError("the frame needs no search")
    assert "Search 72 films" in viewer.get("/").text
    assert len(visits) == 1


def test_home_never_shows_a_film_in_two_personal_rows(
    viewer: TestClient, service: FakeService
) -> None:
    viewer.get("/")
    top, drama = service.queries[:2]
    assert drama.genre == "Drama"
    assert (top.exclude, len(drama.exclude)) == ((), 6)


def test_a_row_that_fails_says_so_and_the_page_stands(
    viewer: TestClient, service: FakeService
) -> None:
    service.broken["recommend"] = RuntimeError("a defect")
    answer = viewer.get("/")
    assert answer.status_code == 200
    assert answer.text.count("This row could not be filled right now.") == 3
    assert ">Latest</h2>" in answer.text
    assert "a defect" not in answer.text


@pytest.mark.parametrize(
    "path", ["/", "/movie/1", "/browse", "/browse?hide_seen=1", "/search?q=the"]
)
def test_pages_stand_while_viewers_cannot_be_known(
    path: str, viewer: TestClient, service: FakeService
) -> None:
    away = DependencyError("Redis does not answer.")
    service.broken.update(seen=away, viewer=away)
    answer = viewer.get(path)
    assert answer.status_code == 200
    assert "Your ratings cannot be read right now" in answer.text
    assert not re.search(r"<span>[\d,]+ ratings</span>", answer.text)


def test_a_film_without_neighbours_says_so(client: TestClient) -> None:
    assert "Too little is known of this film" in client.get("/movie/10").text


def test_a_film_links_to_where_its_ids_are_known(client: TestClient) -> None:
    assert 'href="https://www.imdb.com/title/tt0133093/"' in client.get("/movie/1").text
    assert 'href="https://www.themoviedb.org/movie/603"' in client.get("/movie/1").text
    assert "imdb.com" not in client.get("/movie/2").text


def test_a_film_shows_own_rating_and_who_liked_it_most(viewer: TestClient) -> None:
    assert re.search(r"<dt>Your rating</dt>\s*<dd>.*4\.5</dd>", viewer.get("/movie/12").text, re.S)
    assert '<a href="/user/7">User 7</a>' in viewer.get("/movie/1").text


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
    assert ">96%</td>" in html
    assert "&lt;1%" in html


def test_browsing_keeps_the_filter_on_further_pages(client: TestClient) -> None:
    html = client.get("/browse?genres=Drama&year_from=1913&sort=title").text
    assert 'href="/browse?genres=Drama&amp;year_from=1913&amp;sort=title&amp;page=2"' in html
    assert '<option value="title" selected>' in html


def test_empty_fields_of_the_form_ask_for_nothing(client: TestClient) -> None:
    form = "/browse?match=all&year_from=&year_to=&min_rating=&min_votes=&sort=popularity"
    assert "72 films" in client.get(form).text


def test_no_match_offers_ways_out(client: TestClient) -> None:
    html = client.get("/browse?genres=Western&min_votes=9999").text
    assert "0 films: relax this filter." in html
    assert '<a href="/browse?genres=Western">1 film with any number of ratings</a>' in html


def test_hiding_what_was_seen_needs_a_viewer(client: TestClient, viewer: TestClient) -> None:
    assert "41 films" in viewer.get("/browse?hide_seen=1").text
    viewer.cookies.clear()
    assert "72 films" in client.get("/browse?hide_seen=1").text


def test_a_page_behind_the_last_leads_back(client: TestClient) -> None:
    html = client.get("/browse?page=99").text
    assert '<a href="/browse?page=3">To its last page</a>' in html


def test_search_without_a_hit_leads_on(client: TestClient) -> None:
    html = client.get("/search?q=nothing+like+it").text
    assert "0 films found" in html
    assert 'href="/collection/popular"' in html


def test_everything_for_you_is_for_somebody(client: TestClient) -> None:
    answer = client.get("/for-you", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_everything_for_you_is_paged(viewer: TestClient) -> None:
    assert "Page 1 of 2" in viewer.get("/for-you").text
    assert "Page 2 of 2" in viewer.get("/for-you?page=2").text

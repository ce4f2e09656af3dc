"""The administrator's pages: who gets in, what they say, and what their buttons do."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from fake_admin_service import NEW, OLD, FakeAdminService
from fake_service import HOSTILE
from fastapi import FastAPI
from starlette.testclient import TestClient

from online.experiments.assignment.experiment import ExperimentDefinition, Method
from sparrow.settings import Settings
from webui.pages.admin.admin_request import PAGES
from webui.session.admin_session import COOKIE, MAX_AGE, AdminSession

TOKEN = "the token of the administrator"
COMPARED = "/admin/compare?user_id=42&a=home/mlp&b=fair:variant"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, demo=True, admin_token=TOKEN, _env_file=None)


@pytest.fixture
def office(app: FastAPI) -> FakeAdminService:
    app.state.office = FakeAdminService()
    return app.state.office


@pytest.fixture
def admin(client: TestClient, office: FakeAdminService) -> TestClient:
    """A browser that has shown the token."""
    assert send(client, "/admin/sign-in", admin_token=TOKEN).url.path == "/admin"
    return client


def token(client: TestClient) -> str:
    return re.findall(r'name="token" value="([^"]+)"', client.get("/admin/sign-in").text)[0]


def send(client: TestClient, path: str, **fields: object):
    return client.post(path, data={"token": token(client), **fields})


def words(client: TestClient, path: str) -> str:
    """What a page says, without its marks."""
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


@pytest.mark.parametrize("path", [*PAGES, "/admin/sign-in"])
def test_without_a_token_in_the_settings_there_are_no_such_pages(
    app: FastAPI, client: TestClient, tmp_path: Path, path: str
) -> None:
    app.state.admin_session = AdminSession(Settings(data_dir=tmp_path, _env_file=None))
    answer = client.get(path)
    assert answer.status_code == 404
    assert "Page not found" in answer.text


@pytest.mark.parametrize("path", PAGES)
def test_who_has_not_signed_in_is_asked_to(
    client: TestClient, office: FakeAdminService, path: str
) -> None:
    answer = client.get(path)
    assert answer.url.path == "/admin/sign-in"
    assert "SPARROW_ADMIN_TOKEN" in answer.text
    assert client.get(f"{answer.url}").text.count(f'name="back" value="{path}"') == 1


def test_a_wrong_token_does_not_let_in(client: TestClient, office: FakeAdminService) -> None:
    answer = send(client, "/admin/sign-in", admin_token=f"{TOKEN}!")
    assert answer.status_code == 403
    assert COOKIE not in client.cookies
    assert client.get("/admin").url.path == "/admin/sign-in"


def test_who_guesses_is_stopped_even_with_the_right_one(
    client: TestClient, office: FakeAdminService
) -> None:
    codes = [send(client, "/admin/sign-in", admin_token=f"{n}").status_code for n in range(11)]
    assert codes == [403] * 10 + [429]
    assert send(client, "/admin/sign-in", admin_token=TOKEN).status_code == 429


def test_signing_in_leads_back_within_the_site_and_the_cookie_is_guarded(
    client: TestClient, office: FakeAdminService
) -> None:
    form = {"token": token(client), "admin_token": TOKEN, "back": "//remote_scorer.example/"}
    answer = client.post("/admin/sign-in", data=form, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    for part in ("HttpOnly", "SameSite=strict", "Path=/;", f"Max-Age={MAX_AGE}"):
        assert part in cookie
    assert TOKEN not in cookie


def test_only_the_administrators_pages_link_to_theirs(admin: TestClient) -> None:
    for path in ("/", "/browse"):
        assert '<a href="/admin">Administration</a>' in admin.get(path).text
    send(admin, "/admin/sign-out")
    assert 'href="/admin"' not in admin.get("/").text


def test_another_token_makes_the_cookie_worthless(
    app: FastAPI, admin: TestClient, settings: Settings
) -> None:
    other = {**settings.model_dump(), "admin_token": f"{TOKEN} two"}
    app.state.admin_session = AdminSession(Settings(**other, _env_file=None))
    assert admin.get("/admin").url.path == "/admin/sign-in"


def test_the_cookie_lasts_an_hour(admin: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webui.session.admin_session.MAX_AGE", -1)
    assert admin.get("/admin").url.path == "/admin/sign-in"


def test_signing_out(admin: TestClient) -> None:
    assert send(admin, "/admin/sign-out").url.path == "/"
    assert admin.get("/admin").url.path == "/admin/sign-in"


ACTIONS = [
    "/admin/sign-out",
    "/admin/experiments",
    "/admin/experiments/fair/stop",
    "/admin/experiments/fair/ramp",
    "/admin/releases/rollback",
    f"/admin/releases/{OLD}/activate",
]


@pytest.mark.parametrize("path", [*ACTIONS, "/admin/sign-in"])
def test_forms_count_only_from_here(admin: TestClient, office: FakeAdminService, path: str) -> None:
    form = {"token": "guessed", "percent": 5, "name": "x", "admin_token": TOKEN}
    assert admin.post(path, data=form).status_code == 403
    assert office.done == []


@pytest.mark.parametrize("path", ACTIONS)
def test_forms_of_strangers_do_nothing(
    client: TestClient, office: FakeAdminService, path: str
) -> None:
    assert send(client, path, percent=5, name="x").url.path == "/admin/sign-in"
    assert office.done == []


@pytest.mark.parametrize("path", [*PAGES, COMPARED])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_page_is_whole_small_escaped_and_not_kept(
    admin: TestClient, path: str, language: str
) -> None:
    answer = admin.get(path, headers={"Accept-Language": language})
    assert answer.status_code == 200
    assert f'lang="{language}"' in answer.text
    assert HOSTILE not in answer.text
    assert "no-store" in answer.headers["cache-control"]
    assert " style=" not in answer.text
    assert len(gzip.compress(answer.content)) <= 60 * 1024
    ids = re.findall(r'\bid="([^"]+)"', answer.text)
    assert len(ids) == len(set(ids))


def test_monitoring_tells_of_requests_stages_lists_and_releases(admin: TestClient) -> None:
    page = words(admin, "/admin")
    assert "/movie/{movie_id} 1,200 3 ms 13 ms 7 2" in page
    assert "source/als home 1,200 3.40 12.60 3" in page
    assert f"4 Oct 2024 400 20 5.00% 60 10% 25% {NEW}" in page
    assert f"2023-11-14 22:13 {OLD}" in page
    marks = re.findall(r'class="mark" [^>]*d="M([\d.]+) 0V100"', admin.get("/admin").text)
    assert marks == ["0.0", "0.0"]  # the first of two days, in both charts
    assert "List records: 40 written, 1 dropped" in page


@pytest.mark.parametrize("path", ["/admin", "/admin/quality"])
def test_pages_without_redis_say_so(admin: TestClient, office: FakeAdminService, path: str) -> None:
    office.redis = False
    assert "Redis can't be reached" in words(admin, path)


def test_a_machine_without_tables_has_no_report(
    admin: TestClient, office: FakeAdminService
) -> None:
    office.report = False
    assert "There is no report yet" in words(admin, "/admin/quality")


def test_charts_have_the_figures_they_show(admin: TestClient) -> None:
    page = words(admin, "/admin/statistics")
    assert "1998-01-01 10 1998-01-02 0 1998-01-03 30" in page  # a day without ratings counts
    assert "10% 10.00% 20% 20.00%" in page
    assert "Drama 87.50% 50.00% 100.00%" in page


def test_data_quality_tells_of_refused_rows_and_streams(admin: TestClient) -> None:
    page = words(admin, "/admin/quality")
    assert "u.data:3 bad_rating" in page
    assert "sparrow:events 4,321 2 min lake: 12 waiting, 1 unfinished" in page
    assert "sparrow:impressions 0 – –" in page


def test_results_of_experiments(admin: TestClient) -> None:
    page = words(admin, "/admin/experiments")
    assert re.search(r"control – 50% 500 500 1\.00% 0\.8\d% … 1\.1\d%", page)
    assert "variant model din, diversity 0.3 50% 500 500 2.00%" in page
    assert page.count("Sample ratio mismatch") == 1
    assert "Votes: 1 for control, 2 for variant, 0 undecided" in page


def test_an_experiment_is_made_by_a_form(admin: TestClient, office: FakeAdminService) -> None:
    form = {
        "name": "braver",
        "percent": 12.5,
        "b_model": "din",
        "b_diversity": "0.4",
        "a_model": "",
    }
    answer = send(admin, "/admin/experiments", method="interleaved", **form)
    assert answer.url.path == "/admin/experiments"
    ((_, made),) = office.done
    assert isinstance(made, ExperimentDefinition)
    assert (made.share, made.method, made.on) == (0.125, Method.INTERLEAVED, "home")
    given = [dict(variant.parameters.given) for variant in made.variants]
    assert given == [{}, {"model": "din", "diversity": 0.4}]


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"name": "No Name"}, "name"),
        ({"b_diversity": 7}, "diversity"),
        ({"percent": 101}, "percent"),
    ],
)
def test_what_an_experiment_may_not_be_is_named(
    admin: TestClient, office: FakeAdminService, wrong: dict[str, object], named: str
) -> None:
    answer = send(admin, "/admin/experiments", **{"name": "fine", "percent": 5, **wrong})
    assert answer.status_code == 422
    assert f"<code>{named}</code>" in answer.text
    assert office.done == []


@pytest.mark.parametrize("step", ["start", "stop", "delete"])
def test_the_next_step_of_an_experiment(
    admin: TestClient, office: FakeAdminService, step: str
) -> None:
    assert send(admin, f"/admin/experiments/fair/{step}").url.path == "/admin/experiments"
    assert office.done == [(step, "fair")]


def test_ramping(admin: TestClient, office: FakeAdminService) -> None:
    send(admin, "/admin/experiments/fair/ramp", percent="2.5")
    assert office.done == [("ramp", "fair", 0.025)]


def test_steps_that_cannot_be_made(admin: TestClient) -> None:
    assert send(admin, "/admin/experiments/none/start").status_code == 404
    assert send(admin, "/admin/experiments/fair/explode").status_code == 422


def test_two_lists_side_by_side(admin: TestClient, office: FakeAdminService) -> None:
    page = words(admin, COMPARED)
    assert "films are in both lists" in page
    assert "▲" in page
    assert "▼" in page
    first, second = office.service.queries[-2:]
    assert (first.flow, first.model, first.variants) == ("home", "mlp", ())
    assert second.variants == (("fair", "variant"),)
    assert (first.log_impression, second.log_impression) == (False, False)


def test_a_contender_that_there_cannot_be(admin: TestClient) -> None:
    answer = admin.get("/admin/compare?user_id=42&a=nonsense&b=home/mlp")
    assert answer.status_code == 422
    assert "<code>a</code>" in answer.text


def test_flows_that_need_a_film_are_not_offered(admin: TestClient) -> None:
    page = admin.get("/admin/compare").text
    assert "discover/din" in page
    assert "similar/din" not in page


def test_releases_tell_what_they_are_made_of(admin: TestClient) -> None:
    page = words(admin, "/admin/releases")
    assert f"{NEW} active" in page
    assert "1,234 ratings" in page
    assert "din default 0.7812 – – – –" in page
    assert "index_als" not in page  # is no ranking model


def test_a_process_that_does_not_follow_says_so(
    admin: TestClient, office: FakeAdminService
) -> None:
    assert "This process" not in words(admin, "/admin/releases")
    office.serving = OLD
    assert f"This process still serves {OLD}" in words(admin, "/admin/releases")
    office.problem = f"It is broken {HOSTILE}"
    page = admin.get("/admin/releases").text
    assert f"This process keeps serving {OLD}: It is broken" in page
    assert HOSTILE not in page


def test_releases_are_promoted_and_rolled_back(admin: TestClient, office: FakeAdminService) -> None:
    assert send(admin, f"/admin/releases/{OLD}/activate").url.path == "/admin/releases"
    send(admin, "/admin/releases/rollback")
    assert office.done == [("activate", OLD), ("rollback",)]
    assert send(admin, "/admin/releases/broken/activate").status_code == 409

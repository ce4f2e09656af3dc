"""What users turn moves their lists, and the more the further."""

from dataclasses import replace

import numpy as np
import pytest
import release_world

from online.flow.flows.home import home
from online.flow.flows.shared import FlowContext
from online.flow.rerankers.diversity.mmr import MMR
from online.flow.rerankers.freshness import Freshness
from online.flow.rerankers.popularity_control import PopularityControl
from online.flow.rerankers.rerank_utils import item_representations
from online.flow.runner import rank
from online.flow.scorers.signal_scorer import SignalScorer
from online.flow.sources.chart_source import ChartSource
from online.flow.stages import NOT_RETRIEVED, Candidates
from sparrow.vectors.item_vectors import ItemVectors

pytestmark = pytest.mark.redis
GRID = {
    "diversity": np.linspace(0, 1, 3),
    "popularity": np.linspace(-1, 1, 9),
    "freshness": np.linspace(0, 1, 6),
}
TOP = 20


def log_ratings(request, item_index):
    return np.log1p(request.catalogue.stats.count[item_index]).mean()


def year(request, item_index):
    return np.nanmean(request.catalogue.stats.year[item_index])


def unlikeness(request, item_index):
    """Of each movie to the one that is most like it, as MMR sees it."""
    listed = Candidates(item_index, np.full((1, len(item_index)), NOT_RETRIEVED))
    movies = item_representations(request, listed)
    alike = movies @ movies.T - 2 * np.eye(len(item_index))
    return 1 - alike.max(axis=1).mean()


FIGURES = {"diversity": unlikeness, "popularity": log_ratings, "freshness": year}


@pytest.fixture(scope="module")
def requests(request_for):
    """Movies of many kinds: the checkerboard's two would tie everywhere."""
    requests = [request_for(user) for user in (*release_world.USERS.tolist(), 777)]
    random, catalogue = np.random.default_rng(3), requests[0].catalogue
    matrix = random.normal(size=(len(catalogue), 16)).astype(np.float32)
    spread = ItemVectors(matrix, np.ones(len(catalogue), dtype=bool))
    various = replace(catalogue, vectors={**catalogue.vectors, "item2vec": spread})
    return [replace(request, catalogue=various) for request in requests]


@pytest.mark.parametrize("control", GRID)
def test_the_top_of_the_lists_moves_with_each_control(requests, control):
    """In the mean over users, never back, and visibly from one end to the other."""
    flow = home(FlowContext(SignalScorer("popularity")))
    flow = replace(
        flow, sources=(ChartSource("popular", 100, "popular"),), rerankers=flow.rerankers[:6]
    )

    def figure(value):
        return np.mean([FIGURES[control](r, top(flow, r, **{control: value})) for r in requests])

    figures = np.array([figure(float(value)) for value in GRID[control]])
    assert (np.diff(figures) >= -1e-9).all(), figures
    assert figures[-1] > figures[0] * 1.003, figures


def top(flow, request, **controls):
    asked = replace(request, query=replace(request.query, limit=TOP, **controls))
    return rank(flow, asked).candidates.item_index[:TOP]


@pytest.mark.parametrize("reranker", [MMR(), PopularityControl(), Freshness()])
def test_neutral_values_leave_the_list_as_it_is(request_for, reranker):
    listed = Candidates(np.arange(79), np.full((1, 79), NOT_RETRIEVED))
    order = reranker(request_for(2), listed, np.linspace(1, 0, 79))
    assert order.tolist() == list(range(79))


def test_the_smallest_wish_there_is_changes_nothing(request_for):
    listed = Candidates(np.arange(79), np.full((1, 79), NOT_RETRIEVED))
    order = MMR()(request_for(2, diversity=5e-324), listed, np.linspace(1, 0, 79))
    assert order.tolist() == list(range(79))


@pytest.mark.parametrize("control", [{"popularity": 1}, {"popularity": -1}, {"freshness": 1}])
@pytest.mark.parametrize("length", range(1, 40, 7))
def test_sums_of_scores_are_monotone_for_every_length_of_list(request_for, control, length):
    """The exchange argument, which holds for any scores."""
    ((name, sign),) = control.items()
    random = np.random.default_rng(length)
    listed = Candidates(random.permutation(79), np.full((1, 79), NOT_RETRIEVED))
    scores = np.sort(random.normal(size=79))[::-1]
    reranker = PopularityControl() if name == "popularity" else Freshness()
    figures = []
    for wish in np.linspace(0, 1, 11) * sign:
        order = reranker(request_for(2, **{name: wish}), listed, scores)
        figures.append(FIGURES[name](request_for(777), listed.item_index[order[:length]]))
    assert (np.diff(figures) * sign >= -1e-9).all()


def test_explain_names_what_moved_a_film(get):
    answer = get("/api/v1/users/2/recommendations", limit=20, popularity=-1, explain=True)
    moves = [item["explain"]["rank_changes"] for item in answer["items"]]
    assert any(move.get("popularity", 0) > 0 for move in moves)
    for item in answer["items"]:
        assert item["explain"]["rank_change"] == sum(item["explain"]["rank_changes"].values())
    assert "rerank/popularity" in [stage["name"] for stage in answer["trace"]]


def test_somebody_without_an_id_turns_the_same_controls(client):
    body = {"likes": [2, 4], "limit": 10}
    lists = [
        client.post("/api/v1/recommendations", json=body | wish).json()["items"]
        for wish in ({}, {"freshness": 0}, {"freshness": 1})
    ]
    assert lists[0] == lists[1] != lists[2]


@pytest.mark.parametrize(
    ("control", "value"),
    [("diversity", -0.1), ("diversity", 1.1), ("popularity", -1.5), ("freshness", "NaN")],
)
def test_beyond_its_range_a_control_is_refused_by_name(client, control, value):
    answer = client.get("/api/v1/users/2/recommendations", params={control: value})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].endswith(control)
    body = client.post("/api/v1/recommendations", json={"likes": [2], control: value})
    assert body.status_code == 422

"""What each example of docs/extend must do; test_extend.py runs them in a copy that has it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pyarrow.parquet as pq
import pytest
import release_world
from rich.console import Console

from offline.data.import_dataset import import_dataset
from offline.ranker.lists.feature_tables import CatalogueMetadata
from offline.ranker.lists.training_lists import TrainingListBuilder
from online.flow.page import build_page
from online.flow.runner import rank
from online.flow.stages import Request
from online.serving.loaded_release import LoadedRelease
from online.types import Page, Query
from online.users.live_update import AnonymousSession
from sparrow.dataset.tables import DatasetTables
from sparrow.features.declarations import Entity
from sparrow.features.row_codec import RowCodec
from sparrow.settings import Settings
from sparrow.signals.list_features import list_features
from sparrow.signals.registry import NAMES

RATED = release_world.rated_by(2)
CLICKED = next(m for m in release_world.MOVIES.tolist() if m not in RATED)


@pytest.fixture
def serving(tmp_path) -> LoadedRelease:
    release = release_world.build_release(tmp_path, model=False)
    return LoadedRelease.load(release.root, redis=None, scorer="embedding")


@pytest.fixture
def request_of_user(serving) -> Request:
    """Somebody with ratings and a click, asking for the home list."""
    session = AnonymousSession(RATED, clicked_ids=(CLICKED,))
    user = serving.users.session(session, release_world.AS_OF)
    return Request(Query(None, limit=60), user, serving.catalogue, release_world.AS_OF)


def home(serving: LoadedRelease, request: Request) -> Page:
    flow = serving.flow("home", "signal:als")
    return build_page(flow, request, rank(flow, request), (serving.id, 0.0))


def test_feature(serving):
    features = serving.release.features
    rows = release_world.user_feature_rows(release_world.checkerboard(), features)
    low = np.array([score <= 2 for score in RATED.values()])
    assert rows[1]["user_low_share"] == pytest.approx(low.mean())
    codec = RowCodec(features, Entity.USER)
    assert codec.decode(codec.encode(rows[1]))["user_low_share"] == rows[1]["user_low_share"]


def test_signal(serving, request_of_user):
    """Training lists and requests have the same candidates with the same values."""
    column, catalogue = NAMES.index("average_distance"), serving.catalogue
    bits, history = np.zeros(len(catalogue), np.int64), request_of_user.history
    movies = CatalogueMetadata(catalogue.ids, bits, catalogue.stats.year)
    features = serving.release.features
    builder = TrainingListBuilder(0, catalogue.fitted, movies, features, np.array([1]))
    trained = builder.unlabelled(0, "now", history)
    served = request_of_user.signals.raw(trained.item_index)
    average = catalogue.stats.bayesian_average[trained.item_index]
    mean = np.mean(list(RATED.values()))
    np.testing.assert_allclose(served[column], np.abs(average - mean), rtol=1e-5)
    np.testing.assert_allclose(trained.signals, list_features(served).T, rtol=1e-3, atol=1e-3)


def test_source(serving, request_of_user):
    found = [m for m in home(serving, request_of_user).items if "anniversaries" in m.sources]
    ages = {datetime.fromtimestamp(release_world.AS_OF, UTC).year - m.movie.year for m in found}
    assert {age % 10 for age in ages} == {0}
    reasons = {item.reason.text for item in found}
    assert reasons & {f"Released {age} years ago" for age in ages}


def test_filter(serving, request_of_user):
    page = home(serving, request_of_user)
    assert CLICKED not in {item.movie.movie_id for item in page.items}
    (stage,) = [stage for stage in page.trace if stage.name == "filter/already opened"]
    assert stage.dropped == {"already opened": 1}


def test_reranker(serving, request_of_user):
    last = home(serving, request_of_user).items[-1].movie.movie_id
    user = replace(request_of_user.user, watchlist=np.array([last]))
    first = home(serving, replace(request_of_user, user=user)).items[0]
    assert first.movie.movie_id == last
    assert first.rank_changes["watchlist-first"] > 0


def test_ranking_model(tmp_path):
    from sample_world import checkerboard_taste, write_samples

    from offline.models.blocks.inputs import input_arrays, input_specs
    from offline.models.registry import model_spec
    from offline.samples.sample_files import Samples

    samples, spec = (
        Samples.open(write_samples(tmp_path, checkerboard_taste)),
        model_spec("deep_crossing"),
    )
    model = spec.model(samples, spec.config)
    batch = next(samples.batches("test")).slice(0, 8)
    logits = model(input_arrays(batch, input_specs(samples.features))).numpy()
    assert logits.shape == (8, 1)
    assert np.isfinite(logits).all()


def test_import_format(tmp_path):
    source, settings = tmp_path / "raw", Settings(data_dir=tmp_path, dataset="mine", _env_file=None)
    source.mkdir()
    (source / "ratings.tsv").write_text(
        "userId\tmovieId\trating\ttimestamp\n1\t7\t4.5\t1000000000\n"
    )
    (source / "movies.tsv").write_text("movieId\ttitle\tgenres\n7\tHeat (1995)\tCrime|Drama\n")
    import_dataset(settings, source, True, datetime.now(UTC), Console(quiet=True))
    (movie,) = pq.read_table(DatasetTables(settings.tables).path("movies")).to_pylist()
    assert movie == {"movie_id": 7, "title": "Heat", "year": 1995, "genres": ["Crime", "Drama"]}

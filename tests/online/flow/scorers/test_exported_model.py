"""What training exports is what serving scores: the one seam that no house can test alone."""

from __future__ import annotations

import asyncio
import gc
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import release_world
from sample_world import FEATURES, checkerboard_taste, write_samples

from online.engine.engine import Engine
from online.flow.stages import Request
from online.serving.loaded_release import LoadedRelease
from online.types import Query
from online.users.live_update import AnonymousSession
from sparrow.arrays import Int
from sparrow.features.declarations import Entity
from sparrow.features.folds import context_rows
from sparrow.feedback.event_log import EventLog
from sparrow.redis.connection import async_redis_client
from sparrow.release.release_folder import Release
from sparrow.signals.context_features import CONTEXT, context_features
from sparrow.signals.list_features import list_features

pytestmark = [pytest.mark.redis, pytest.mark.tensorflow]

POSITIONS = np.arange(len(release_world.MOVIES))


@dataclass(frozen=True)
class Exported:
    """A release whose model training has exported, and the Keras model that orders its lists."""

    release: Release
    ranker: Any


@pytest.fixture(scope="module")
def exported(tmp_path_factory) -> Exported:
    """A small network on top of a gate with weights of their own."""
    from offline.models.blocks.config import TrainConfig
    from offline.models.registry import model_spec
    from offline.ranker.list_model import list_model
    from offline.samples.sample_files import Samples
    from offline.saved_model.export import export

    folder = tmp_path_factory.mktemp("exported")
    samples = Samples.open(write_samples(folder / "samples", checkerboard_taste))
    release = release_world.build_release(folder, "20260104T000000-dddddd", model=False)
    assert release.features == FEATURES
    config, spec = TrainConfig(hidden=(16,), embedding_dim=8), model_spec("embedding_mlp")
    columns = len(CONTEXT)
    ranker = list_model(spec.build, samples, (np.zeros(columns), np.ones(columns)), config)
    random = np.random.default_rng(5)
    for name in ("gate", "deep_scale"):  # which start without an opinion
        layer = ranker.get_layer(name)
        layer.set_weights([random.normal(size=w.shape) for w in layer.get_weights()])
    export(spec.model(samples, config), ranker, samples.features, release.model("taste"))
    return Exported(release, ranker)


@pytest.fixture(scope="module")
def loaded(exported):
    serving = LoadedRelease.load(exported.release.root, redis=None, scorer="savedmodel")
    assert serving.model_error is None
    gc.collect()  # what nothing holds is gone, as in a server after a while
    return serving


@pytest.fixture
def asked(loaded, request_for):
    """Requests over the release with the exported model."""
    return lambda user_id: replace(request_for(user_id), catalogue=loaded.catalogue)


@pytest.mark.parametrize("user_id", [1, 2, 777])
def test_a_list_is_ordered_by_what_was_trained(exported, loaded, asked, user_id):
    request = asked(user_id)
    scores = loaded.scorer("taste")(request, POSITIONS)
    components = np.stack(list(scores.components.values()), axis=1)
    expected = np.asarray(exported.ranker(as_in_training(exported, request), training=False))
    assert np.ptp(expected[:, -1]) > 0.001  # the network's
    assert np.ptp(expected[:, :-1]) > 0.01
    np.testing.assert_allclose(components, expected, atol=1e-4)
    np.testing.assert_allclose(scores.total, expected.sum(axis=1), atol=1e-3)


def as_in_training(exported: Exported, request: Request) -> dict[str, np.ndarray]:
    """The ranker's inputs, those of the user and the context once a movie."""
    signals = request.signals
    context = context_features(signals.fitted, signals.history)
    rows = {
        **feature_rows(exported.release, request, POSITIONS),
        "signals": list_features(signals.raw(POSITIONS)).T,
        "context": np.repeat(context[None], len(POSITIONS), axis=0),
    }
    return {name: rows[name] for name in exported.ranker.input}


def feature_rows(release: Release, request: Request, item_index: Int) -> dict[str, np.ndarray]:
    """Every feature of the feature set once a movie."""
    once = {f.name: request.user.row[f.name] for f in release.features.of(Entity.USER)}
    at = np.array([request.history.at], dtype=np.int64)
    once |= {name: values[0] for name, values in context_rows(at).items()}
    rows = {name: np.repeat(value[None], len(item_index), axis=0) for name, value in once.items()}
    return rows | {name: values[item_index] for name, values in request.catalogue.features.items()}


@pytest.mark.parametrize("user_id", [1, 2, 777])
def test_predicted_likes_are_those_of_serving_default(exported, loaded, asked, user_id):
    import tensorflow as tf

    request, release = asked(user_id), exported.release
    chances = loaded.likes("taste")(request, POSITIONS)
    rows = feature_rows(release, request, POSITIONS)
    signature = tf.saved_model.load(str(release.model("taste"))).signatures["serving_default"]
    answer = signature(**{name: tf.constant(value) for name, value in rows.items()})
    assert np.ptp(chances) > 0.001
    np.testing.assert_allclose(chances, answer["score"].numpy(), atol=1e-5)


def test_the_engine_ranks_by_it(exported, redis_url):
    async def ask():
        redis = async_redis_client(redis_url, retries=0)
        try:
            serving = LoadedRelease.load(exported.release.root, redis, "savedmodel")
            engine = Engine(serving, EventLog(redis))
            return await engine.recommend_anonymous(
                AnonymousSession({2: 5.0, 3: 1.0}), Query(None, limit=5, explain=True)
            )
        finally:
            await redis.aclose()

    page = asyncio.run(ask())
    assert (page.model, len(page.items)) == ("taste", 5)
    for item in page.items:
        assert item.score == pytest.approx(sum(item.score_components.values()), abs=1e-3)
        assert 0 <= item.match <= 1

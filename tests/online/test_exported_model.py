"""What training exports is what serving scores: the one seam that no house can test alone."""

from __future__ import annotations

import asyncio
import gc
from dataclasses import replace

import numpy as np
import pytest
import worlds
from sample_world import FEATURES, checkerboard_taste, write_samples

from online.engine import Engine
from online.flow import Request
from online.serving import Serving
from online.types import Query
from sparrow.events import Int
from sparrow.features import Entity
from sparrow.feedback.log import EventLog
from sparrow.folds import context_rows
from sparrow.redis_server import async_redis_client
from sparrow.signals.context import CONTEXT

pytestmark = [pytest.mark.redis, pytest.mark.tensorflow]


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A release whose model is a small network, exported as training does it."""
    from offline.models.registry import model_spec
    from offline.ranker.list_model import list_model
    from offline.training.config import TrainConfig
    from offline.training.dataset import Samples
    from offline.training.export import export

    folder = tmp_path_factory.mktemp("exported")
    samples = Samples.open(write_samples(folder / "samples", checkerboard_taste))
    release = worlds.build_release(folder, "20260104T000000-dddddd", model=False)
    assert release.features == FEATURES
    config = TrainConfig(hidden=(16,), embedding_dim=8)
    spec = model_spec("embedding_mlp")
    scale = np.zeros(len(CONTEXT)), np.ones(len(CONTEXT))
    ranker = list_model(spec.build, samples, scale, config)
    for layer in ("gate", "deep_scale"):  # both start at zero
        weights = ranker.get_layer(layer).get_weights()
        random = np.random.default_rng(3)
        ranker.get_layer(layer).set_weights([random.normal(size=w.shape) for w in weights])
    export(spec.model(samples, config), ranker, samples.features, release.model("taste"))
    return release


@pytest.fixture(scope="module")
def loaded(exported):
    serving = Serving.load(exported.root, redis=None, scorer="savedmodel")
    assert serving.model_error is None
    gc.collect()  # what nothing holds is gone, as in a server after a while
    return serving


@pytest.mark.parametrize("user_id", [1, 2, 777])
def test_the_online_probability_is_that_of_serving_default(exported, loaded, request_for, user_id):
    request = replace(request_for(user_id), catalogue=loaded.catalogue)
    positions = np.arange(len(worlds.MOVIES))
    chance = loaded.scorer("taste").likes(request, positions)
    assert np.ptp(chance) > 0.001
    np.testing.assert_allclose(chance, serving_default(exported, request, positions), atol=1e-4)


@pytest.mark.parametrize("user_id", [1, 2])
def test_the_score_is_the_sum_of_what_signals_and_network_add(loaded, request_for, user_id):
    request = replace(request_for(user_id), catalogue=loaded.catalogue)
    scores = loaded.scorer("taste")(request, np.arange(len(worlds.MOVIES)))
    assert np.ptp(scores.parts["model"]) > 1e-6
    total = np.sum(list(scores.parts.values()), axis=0)
    np.testing.assert_allclose(scores.total, total, atol=1e-4)


def serving_default(release, request: Request, positions: Int) -> np.ndarray:
    """Probabilities of the signature that outsiders call, with every feature once a movie."""
    import tensorflow as tf

    model = tf.saved_model.load(str(release.model("taste")))
    once = {f.name: request.viewer.row[f.name] for f in release.features.of(Entity.USER)}
    once |= {n: v[0] for n, v in context_rows(np.array([request.at], dtype=np.int64)).items()}
    rows = {name: np.repeat(value[None], len(positions), axis=0) for name, value in once.items()}
    rows |= {name: values[positions] for name, values in request.catalogue.features.items()}
    answer = model.signatures["serving_default"](**{n: tf.constant(v) for n, v in rows.items()})
    return answer["score"].numpy()


def test_the_engine_ranks_by_it(exported, redis_url):
    async def ask():
        redis = async_redis_client(redis_url, retries=0)
        try:
            engine = Engine(Serving.load(exported.root, redis, "savedmodel"), EventLog(redis))
            return await engine.recommend(Query(2, limit=5))
        finally:
            await redis.aclose()

    page = asyncio.run(ask())
    assert (page.model, len(page.items)) == ("taste", 5)
    assert all(np.isfinite(item.parts["model"]) for item in page.items)

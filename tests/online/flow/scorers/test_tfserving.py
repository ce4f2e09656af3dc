"""Ranking by TF Serving's REST protocol, and what happens when it does not answer.

The other side is a server of ours that speaks the protocol and runs the release's real SavedModel.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import sleep

import numpy as np
import pytest

from online.flow.runner import run
from online.flow.scorers.tfserving import TfServing
from online.flow.trace import Tracer
from online.serving.health import readiness
from online.serving.loaded_release import LoadedRelease
from sparrow.settings import Settings

pytestmark = [pytest.mark.redis, pytest.mark.tensorflow]
POSITIONS = np.arange(60)


class Served:
    """What the server knows, and how it behaves."""

    def __init__(self, release) -> None:
        import tensorflow as tf

        self.models = {"taste": tf.saved_model.load(str(release.model("taste")))}
        self.status, self.pause, self.cut, self.asked = 200, 0.0, 0, 0

    def predict(self, path: str, body: bytes) -> tuple[int, object]:
        import tensorflow as tf

        self.asked += 1
        sleep(self.pause)
        if self.status != 200:
            return self.status, {"error": "the model is not there"}
        name = path.removeprefix("/v1/models/").removesuffix(":predict")
        asked = json.loads(body)
        signature = self.models[name].signatures[asked["signature_name"]]
        specs = signature.structured_input_signature[1]
        given = {n: tf.constant(v, specs[n].dtype) for n, v in asked["inputs"].items()}
        outputs = {n: v.numpy().tolist() for n, v in signature(**given).items()}
        if self.cut:
            outputs = {n: v[: -self.cut] for n, v in outputs.items()}
        one = next(iter(outputs.values()))
        return 200, {"outputs": one if len(outputs) == 1 else outputs}


@contextmanager
def listening(served: Served) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, answer = served.predict(self.path, body)
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"tfserving://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def served(modelled) -> Served:
    return Served(modelled)


@pytest.fixture
def address(served) -> Iterator[str]:
    with listening(served) as address:
        yield address


@pytest.fixture(scope="module")
def here(modelled) -> LoadedRelease:
    return LoadedRelease.load(modelled.root, redis=None, scorer="savedmodel")


def there(here: LoadedRelease, address: str, deadline: float = 30.0) -> LoadedRelease:
    return replace(here, remote_scorer=TfServing.from_settings(address, deadline))


def stages(serving: LoadedRelease, request) -> dict[str, str | None]:
    """Stage → error, of a home flow that is asked for this request."""
    ranked = asyncio.run(run(serving.flow("home", "taste"), request, Tracer()))
    assert ranked.model == "taste"
    assert len(ranked.candidates) > 20
    return {s.name: s.error for s in ranked.trace if s.name.split("/")[0] in ("remote", "score")}


@pytest.fixture
def request_here(request_for, here):
    return replace(request_for(2), catalogue=here.catalogue)


def test_it_scores_as_this_process_does(here, served, address, request_here):
    serving = there(here, address)
    remote, local = serving.flow("home", "taste").remote_scorer, here.scorer("taste")
    assert np.isnan(request_here.user.row["user_age"])  # what JSON has no word for
    ours, theirs = (scorer(request_here, POSITIONS) for scorer in (local, remote))
    np.testing.assert_allclose(theirs.total, ours.total, atol=1e-4)
    assert set(theirs.components) == set(ours.components)
    assert stages(serving, request_here) == {"remote/taste": None}


def test_nobody_is_asked_unless_named(here, request_here):
    assert here.flow("home", "taste").remote_scorer is None
    assert there(here, "tfserving://127.0.0.1:1").flow("home", "signal:als").remote_scorer is None
    assert list(stages(here, request_here)) == ["score/taste"]


@pytest.mark.parametrize("trouble", [{"status": 404}, {"pause": 1.0}, {"cut": 3}])
def test_in_trouble_this_process_ranks(here, served, address, request_here, trouble):
    for name, value in trouble.items():
        setattr(served, name, value)
    found = stages(there(here, address, deadline=0.3), request_here)
    assert found["score/taste"] is None
    assert "TF Serving at http://127.0.0.1" in found["remote/taste"]


def test_after_some_failures_it_is_left_alone_and_the_health_says_so(
    here, served, address, request_here
):
    served.status = 503
    serving = there(here, address)
    for _ in range(8):
        found = stages(serving, request_here)
    assert served.asked == 5
    assert found == {"remote/taste": "no candidate got a number", "score/taste": None}

    class Fine:
        problem = None

        async def ping(self) -> None:
            pass

    found = asyncio.run(readiness(Fine(), Fine(), serving))
    assert found.status == "degraded"
    assert found.dependencies["tfserving"].state == "degraded"


def test_nothing_to_rank_asks_nothing(here, served, address, request_here):
    remote = there(here, address).flow("home", "taste").remote_scorer
    assert len(remote(request_here, POSITIONS[:0]).total) == 0
    assert served.asked == 0


@pytest.mark.parametrize("wrong", ["tfserving://nowhere", "tfserving://", "grpc://a:1", "keras"])
def test_an_address_that_is_none_is_refused(wrong):
    with pytest.raises(ValueError, match="scorer"):
        Settings(scorer=wrong)


def test_the_default_asks_nobody():
    assert TfServing.from_settings(Settings().scorer, 1.0) is None

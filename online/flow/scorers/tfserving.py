"""TF Serving: the release's model runs in another process, called over REST with a deadline.

TF Serving reads `models/<name>/1/` of the release. The caller has its own copy of the model to fall
back on: no response, a late one or one of another shape is an error, and after a few errors TF
Serving is not called for a while.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import httpx
import numpy as np
import orjson
from pybreaker import CircuitBreaker, CircuitBreakerError

from online.catalogue.catalogue import Catalogue
from online.flow.scorers.ranker import (
    COMPONENTS,
    CONTEXT_INPUT,
    RANK,
    SCORE,
    SIGNAL_INPUT,
    RankerScorer,
    RankInputs,
)
from sparrow.errors import DependencyError
from sparrow.features.declarations import Entity, FeatureSet
from sparrow.signals.registry import NAMES

SCHEME = "tfserving://"
_FAILURES = 5  # in a row, after which calls stop for a while
_PAUSE = 10.0  # seconds until the next call


@dataclass(frozen=True)
class TfServing:
    """The server; one object for all models, which share connections and the circuit breaker."""

    client: httpx.Client
    breaker: CircuitBreaker

    @classmethod
    def from_settings(cls, address: str, deadline: float) -> TfServing | None:
        """None unless `address`, as in the settings, is one of TF Serving; `deadline` in
        seconds.
        """
        if not address.startswith(SCHEME):
            return None
        base = f"http://{address.removeprefix(SCHEME)}"
        client = httpx.Client(base_url=base, timeout=deadline)
        return cls(client, CircuitBreaker(fail_max=_FAILURES, reset_timeout=_PAUSE))

    @property
    def problem(self) -> str | None:
        """Why it is not called at the moment."""
        if self.breaker.current_state == "closed":
            return None
        return f"{self.client.base_url} failed {_FAILURES} times; models rank in this process"

    def scorer(
        self, name: str, features: FeatureSet, catalogue: Catalogue, inputs: Collection[str]
    ) -> RankerScorer:
        """The scorer of a model whose signature takes `inputs`; DependencyError without a response.

        While the circuit breaker is open every score is NaN.
        """
        movie = [f for f in features.of(Entity.MOVIE) if f.name in inputs]
        user = [f for f in features.of(Entity.USER, Entity.CONTEXT) if f.name in inputs]

        def rank(given: RankInputs) -> tuple[np.ndarray, np.ndarray]:
            values = {f.name: catalogue.features[f.name][given.item_index] for f in movie}
            for f in user:
                shape = (1, f.length) if f.length > 1 else (1,)
                values[f.name] = np.reshape(given.value(f), shape)
            if SIGNAL_INPUT in inputs:
                values[SIGNAL_INPUT] = given.signals.T
            if CONTEXT_INPUT in inputs:
                values[CONTEXT_INPUT] = given.context[None]
            return self._predict(name, values, len(given.item_index))

        return RankerScorer(name, rank, features, inputs)

    def _predict(
        self, name: str, inputs: Mapping[str, np.ndarray], count: int
    ) -> tuple[np.ndarray, np.ndarray]:
        try:
            return self.breaker.call(self._post, name, inputs, count)
        except CircuitBreakerError:  # each of its failures was logged
            return np.full(count, np.nan), np.full((len(NAMES) + 1, count), np.nan)
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise DependencyError(
                f"TF Serving at {self.client.base_url} did not rank with {name}: "
                f"{str(error) or type(error).__name__}"
            ) from error

    def _post(
        self, name: str, inputs: Mapping[str, np.ndarray], count: int
    ) -> tuple[np.ndarray, np.ndarray]:
        answer = self.client.post(f"/v1/models/{name}:predict", content=_request(inputs))
        answer.raise_for_status()
        outputs = orjson.loads(answer.content.replace(b"NaN", b"null"))["outputs"]
        score = np.array(outputs[SCORE], dtype=float)
        components = np.array(outputs[COMPONENTS], dtype=float).T
        if (score.shape, components.shape) != ((count,), (len(NAMES) + 1, count)):
            raise ValueError(
                f"Expected {count} scores with {len(NAMES) + 1} components each, got arrays "
                f"{score.shape} and {components.shape}."
            )
        return score, components


def _request(inputs: Mapping[str, np.ndarray]) -> bytes:
    """Columnar JSON; TF Serving accepts a bare NaN, which JSON lacks."""
    plain = {name: np.ascontiguousarray(values) for name, values in inputs.items()}
    body = orjson.dumps(
        {"signature_name": RANK, "inputs": plain}, option=orjson.OPT_SERIALIZE_NUMPY
    )
    return body.replace(b"null", b"NaN")

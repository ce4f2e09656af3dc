"""TF Serving: a release's model ranks in another process, asked over REST with a deadline.

TF Serving reads `models/<name>/1/` of the release as it is. Whoever asks it has its own copy of
the model at hand: an answer that does not come, comes late or is of another shape is an error, and
after a few of them it is left alone for a while.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import httpx
import numpy as np
import orjson
from pybreaker import CircuitBreaker, CircuitBreakerError

from online.catalogue import Catalogue
from online.scorers.savedmodel import OUTPUTS, SIGNATURE, SavedModelScorer
from sparrow.errors import DependencyError
from sparrow.events import Int
from sparrow.features import Entity, FeatureSet

SCHEME = "tfserving://"
_FAILURES = 5  # in a row, after which it is left alone
_PAUSE = 10.0  # seconds until it is tried again


@dataclass(frozen=True)
class TfServing:
    """The server; one for all models, so that they share connections and what is known of it."""

    client: httpx.Client
    breaker: CircuitBreaker

    @classmethod
    def at(cls, address: str, deadline: float) -> TfServing | None:
        """`address` as in the settings, None unless it names one; `deadline` in seconds."""
        if not address.startswith(SCHEME):
            return None
        base = f"http://{address.removeprefix(SCHEME)}"
        client = httpx.Client(base_url=base, timeout=deadline)
        return cls(client, CircuitBreaker(fail_max=_FAILURES, reset_timeout=_PAUSE))

    @property
    def problem(self) -> str | None:
        """Why it is not asked at the moment."""
        if self.breaker.current_state == "closed":
            return None
        return f"{self.client.base_url} failed {_FAILURES} times; models rank in this process"

    def scorer(self, name: str, features: FeatureSet, catalogue: Catalogue) -> SavedModelScorer:
        """The model of this name as a scorer; DependencyError where no answer comes.

        While TF Serving is left alone every score is NaN.
        """
        movie = features.of(Entity.MOVIE)

        def rank(positions: Int, viewer: Mapping[str, np.ndarray]) -> np.ndarray:
            movies = {f.name: catalogue.features[f.name][positions] for f in movie}
            lengths = {f.name: f.length for f in features.of(Entity.USER, Entity.CONTEXT)}
            told = {
                name: np.reshape(value, (1, lengths[name]) if lengths[name] > 1 else (1,))
                for name, value in viewer.items()
            }
            return self._predict(name, told | movies, len(positions))

        return SavedModelScorer(name, rank, features)

    def _predict(self, name: str, inputs: Mapping[str, np.ndarray], count: int) -> np.ndarray:
        if not count:
            return np.empty((1, 0))
        try:
            return self.breaker.call(self._asked, name, inputs, count)
        except CircuitBreakerError:  # each of its failures was told of already
            return np.full((1, count), np.nan)
        except (httpx.HTTPError, ValueError, KeyError) as error:
            raise DependencyError(
                f"TF Serving at {self.client.base_url} did not rank with {name}: "
                f"{str(error) or type(error).__name__}"
            ) from error

    def _asked(self, name: str, inputs: Mapping[str, np.ndarray], count: int) -> np.ndarray:
        answer = self.client.post(f"/v1/models/{name}:predict", content=_request(inputs))
        answer.raise_for_status()
        outputs = orjson.loads(answer.content.replace(b"NaN", b"null"))["outputs"]
        found = outputs if isinstance(outputs, dict) else {OUTPUTS["like"]: outputs}
        chances = np.array([found[key] for key in OUTPUTS.values() if key in found], dtype=float)
        if chances.shape[1:] != (count,):
            raise ValueError(f"Expected {count} scores, got an array {chances.shape}.")
        return chances


def _request(inputs: Mapping[str, np.ndarray]) -> bytes:
    """Columnar JSON; TF Serving takes a bare NaN for what JSON has no word for."""
    plain = {name: np.ascontiguousarray(values) for name, values in inputs.items()}
    body = orjson.dumps(
        {"signature_name": SIGNATURE, "inputs": plain}, option=orjson.OPT_SERIALIZE_NUMPY
    )
    return body.replace(b"null", b"NaN")

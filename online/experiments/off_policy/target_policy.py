"""The policy in question: with which chance it would fill an explored place with which movie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from online.bandits.linucb import InteractionFeatures
from online.experiments.off_policy.logged_lists import LoggedList
from online.flow.rerankers.explore import Explore, context_of
from online.flow.runner import rank
from online.flow.stages import Candidates, Flow, Request
from online.serving.loaded_release import LoadedRelease
from online.types import BanditName
from sparrow.arrays import Int
from sparrow.errors import InvalidRequestError


@dataclass(frozen=True)
class PolicyChoice:
    """One drawn place, as the log and as the policy would fill it."""

    place: int
    target: float  # the policy's chance of the movie that was shown
    shown: (
        np.ndarray
    )  # (size,) what `InteractionFeatures` says of the user and the movie that was shown
    policy_features: np.ndarray  # (size,) the mean of that over the policy's own choices


@dataclass
class _RecordingReranker:
    """Stands where a flow explores and remembers what it would explore; moves nothing."""

    name: str = "overhear"
    item_index: Int = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    scores: np.ndarray = field(default_factory=lambda: np.empty(0))

    def __call__(self, request: Request, candidates: Candidates, scores: np.ndarray) -> Int:  # noqa: ARG002
        self.item_index, self.scores = candidates.item_index, scores
        return np.arange(len(candidates))


class Policy:
    """A flow of a release over one of its models: by its bandit, or by its order alone.

    Where the flow explores, its bandit draws as it does while it serves. Where it does not, the
    best movie that is not above takes the place.
    """

    def __init__(
        self, serving: LoadedRelease, flow: str, model: str, bandit: BanditName | None
    ) -> None:
        """Raises InvalidRequestError for a bandit of a flow that does not explore."""
        made = serving.flow(flow, model, bandit)
        if made.requires is not None:
            raise InvalidRequestError(
                "flow", f"Expected a flow that needs only a user, but {flow} needs {made.requires}."
            )
        explores = [r for r in made.rerankers if isinstance(r, Explore) and r.share > 0]
        if bandit is not None and not explores:
            raise InvalidRequestError(
                "bandit",
                f"Expected a flow that explores, but {flow} does not in this release: leave out "
                "the bandit, and its order fills the places.",
            )
        self._explore = explores[0] if explores else None
        self._flow = replace(made, recall_milliseconds=np.inf, remote_scorer=None)
        self._pairs = InteractionFeatures(serving.catalogue.genres)

    def choices(self, request: Request, listed: LoggedList) -> list[PolicyChoice]:
        """The drawn places of a list, each given what the list shows above it.

        `request` must be hydrated as the user was when the list was made.
        """
        recorder = _RecordingReranker()
        rank(_up_to_exploration(self._flow, recorder), request)
        shown = [int(p) for p in request.catalogue.item_index(np.array(listed.movies))]
        pool, chances = self._chances(request, recorder, shown, listed.drawn)
        features = self._pairs(context_of(request), np.concatenate([pool, np.array(shown)]))
        return [
            PolicyChoice(
                place=place,
                target=float(chance[pool == shown[place]].sum()),
                shown=features[len(pool) + place],
                policy_features=chance @ features[: len(pool)],
            )
            for place, chance in zip(listed.drawn, chances, strict=True)
        ]

    def _chances(
        self,
        request: Request,
        recorder: _RecordingReranker,
        shown: Sequence[int],
        places: Sequence[int],
    ) -> tuple[Int, list[np.ndarray]]:
        """Movies, and for each place the chances that they fill it."""
        if self._explore is None:
            pool = recorder.item_index[np.isfinite(recorder.scores)]
            return pool, [_greedy_probability(pool, shown[:place]) for place in places]
        _, from_where = self._explore.plan(recorder.scores)
        pool = recorder.item_index[from_where]
        slot_sampler, _ = self._explore.slot_sampler(request, pool)
        chances, done = [], 0
        for place in places:
            for pick in np.flatnonzero(np.isin(pool, shown[done:place])):
                slot_sampler.take(int(pick))
            done = place
            chances.append(slot_sampler.chances())
        return pool, chances


def _greedy_probability(order: Int, above: Sequence[int]) -> np.ndarray:
    """Certainty for the first that is not above: `(n,)`."""
    left = ~np.isin(order, above)
    chance: np.ndarray = left & (np.cumsum(left) == 1)
    return chance.astype(float)


def _up_to_exploration(flow: Flow, recorder: _RecordingReranker) -> Flow:
    """The flow up to where it explores, or to its end."""
    before = []
    for reranker in flow.rerankers:
        if isinstance(reranker, Explore):
            break
        before.append(reranker)
    return replace(flow, rerankers=(*before, recorder))

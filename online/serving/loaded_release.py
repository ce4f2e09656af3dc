"""One release in memory: all data that requests read, loaded and checked as a whole."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from redis.asyncio import Redis

from online.bandits.bandit import Bandit
from online.bandits.registry import BANDITS
from online.bandits.rewards import RewardBuffer, SegmentRewards
from online.bandits.segments import names
from online.catalogue.catalogue import Catalogue
from online.flow.flows.registry import FLOWS, check_flow
from online.flow.flows.shared import FlowContext
from online.flow.flows.with_rules import with_rules
from online.flow.merchandising import Rule, RulesFile
from online.flow.rerankers.explore import Explore
from online.flow.rerankers.slate_order import SlateOrder
from online.flow.scorers.ranker import LikePredictor, RankerScorer
from online.flow.scorers.signal_scorer import PREFIX, SignalScorer
from online.flow.scorers.tfserving import TfServing
from online.flow.stages import Flow, Scorer
from online.runtime.arrow import to_numpy
from online.slates.page_cache import PageCache
from online.slates.slate_key import slate_key
from online.slates.slate_store import SlateStore
from online.types import BanditName, Query
from online.users.neighbours import UserNeighbours
from online.users.onboarding.taste_groups import TasteGroups
from online.users.release_user_reader import read_users
from online.users.user_store import UserStore
from sparrow.errors import InvalidRequestError, ReleaseError
from sparrow.features.rating_events import hash_order
from sparrow.release.release_folder import Release
from sparrow.signals.candidate_pool import candidate_pool
from sparrow.signals.context_features import context_features
from sparrow.signals.registry import NAMES, UserSignals
from sparrow.signals.values.history import History

logger = logging.getLogger(__name__)

_SIGNAL_SCORERS = tuple(SignalScorer(name) for name in ("als", "ease", "popularity"))
"""Rankers without TensorFlow, and baselines of the models."""

_SAMPLE_RATING_COUNTS = (20, 300)  # range of ratings of a sample user


@dataclass(frozen=True)
class LoadedRelease:
    """A loaded release with its scorers and flows."""

    release: Release
    catalogue: Catalogue
    users: UserStore
    models: tuple[str, ...]  # valid names, the default first
    tastes: TasteGroups  # for onboarding
    sample_users: tuple[int, ...]  # in a fixed shuffled order
    rewards: SegmentRewards  # for bandits
    slates: SlateStore
    pages: PageCache = field(default_factory=PageCache)
    model_error: str | None = None  # why the default model could not be loaded
    remote_scorer: TfServing | None = None  # runs the same models, tried first
    neighbours: UserNeighbours | None = None  # candidates for the nearest users
    rules: RulesFile | None = None  # merchandising rules, applied last
    bandit: BanditName = "thompson"  # for exploration ranks, unless a query names another
    _bandits: Mapping[BanditName, Bandit] = field(default_factory=dict, repr=False)
    _scorers: dict[str, Scorer] = field(default_factory=dict, repr=False)
    # (flow, model, bandit) → the rules that the flow was built with, and the flow
    _flows: dict[tuple[str, str, BanditName], tuple[tuple[Rule, ...], Flow]] = field(
        init=False, default_factory=dict, repr=False
    )

    @classmethod
    def load(
        cls,
        root: Path,
        redis: Redis,
        scorer: str,
        reward_buffer: RewardBuffer | None = None,
        remote_scorer: TfServing | None = None,
    ) -> LoadedRelease:
        """Read the release in `root`; `scorer` as in the settings. Takes seconds.

        Without a `reward_buffer`, bandits have no rewards. `remote_scorer` is tried before the
        local models.

        Raises ReleaseError if it cannot be served. If the default model does not load, signals rank
        and `model_error` is set.
        """
        release = Release.open(root)
        manifest = release.manifest
        own = _model_names(release, with_models=scorer != "embedding")
        catalogue = Catalogue.load(release)
        tastes = catalogue.fitted.tastes
        assert tastes is not None  # noqa: S101 - every release has them
        rewards = SegmentRewards(
            reward_buffer or RewardBuffer(), names(catalogue.genre_names), catalogue.ids
        )
        serving = cls(
            release=release,
            catalogue=catalogue,
            users=UserStore(redis, release, catalogue),
            models=tuple(dict.fromkeys([*own, *(plain.name for plain in _SIGNAL_SCORERS)])),
            sample_users=_sample_users(release),
            rewards=rewards,
            slates=SlateStore(redis),
            remote_scorer=remote_scorer,
            tastes=TasteGroups(catalogue, tastes),
            neighbours=UserNeighbours.load(release, catalogue),
            _bandits={name: make(rewards, catalogue) for name, make in BANDITS.items()},
            _scorers={plain.name: plain for plain in _SIGNAL_SCORERS},
        )
        _warm_up(catalogue)
        try:
            serving.scorer(serving.models[0])
        except ReleaseError as error:
            logger.exception("The model does not load", extra={"release": manifest.id})
            plain = tuple(scorer.name for scorer in _SIGNAL_SCORERS)
            return replace(serving, models=plain, model_error=str(error))
        return serving

    def with_rules(self, rules: RulesFile | None) -> LoadedRelease:
        """The same release with merchandising rules."""
        return replace(self, rules=rules)

    def warm_up(self) -> None:
        """Compute what the first request would otherwise wait for. Blocks: call it in a thread."""
        _ = self.tastes.groups, self.tastes.unit_vectors, self.tastes.information

    def with_bandit(self, bandit: BanditName) -> LoadedRelease:
        """The same release with another bandit as the default."""
        return replace(self, bandit=bandit)

    def with_deleted_users(self, erased: Callable[[], frozenset[int] | None]) -> LoadedRelease:
        """The same release, which reads no user of `erased` from its files; None: unknown who was
        deleted.
        """
        return replace(self, users=self.users.with_deleted_users(erased))

    @property
    def id(self) -> str:
        """The release's id."""
        return self.release.manifest.id

    def model(self, name: str | None) -> str:
        """The name of a query's model; InvalidRequestError for an unknown one."""
        if name is None:
            return self.models[0]
        if name not in self.models:
            raise InvalidRequestError(
                "model", f"Expected one of {', '.join(self.models)}, got {name}."
            )
        return name

    def is_loaded(self, model: str) -> bool:
        """Whether `scorer(model)` returns at once."""
        return model in self._scorers

    def scorer(self, model: str) -> Scorer:
        """The scorer of one of `models`, loaded at the first call."""
        if model not in self._scorers:
            release = self.release
            if model.startswith(PREFIX):
                self._scorers[model] = SignalScorer(model.removeprefix(PREFIX))
            else:
                self._scorers[model] = RankerScorer.load(
                    model, release.model(model), release.features, self.catalogue
                )
        return self._scorers[model]

    def likes(self, model: str) -> LikePredictor | None:
        """The predictor of likes of a model; None for a signal."""
        scorer = self.scorer(model)
        return scorer.likes if isinstance(scorer, RankerScorer) else None

    def flow(self, name: str, model: str, bandit: BanditName | None = None) -> Flow:
        """The flow over one of `models`, built once for each set of merchandising rules.

        `bandit` fills the exploration ranks, the server's default if None. Raises
        InvalidRequestError for an unknown flow.
        """
        check_flow(name)
        rules = () if self.rules is None else self.rules.of(name)
        key = name, model, bandit or self.bandit
        if key not in self._flows or self._flows[key][0] != rules:
            self._flows[key] = rules, with_rules(self._build_flow(*key), rules)
        return self._flows[key][1]

    def _build_flow(self, name: str, model: str, bandit: BanditName) -> Flow:
        explore = Explore(self._bandits[bandit], self.id)
        parameters = self.release.manifest.parameters
        context = FlowContext(self.scorer(model), parameters, explore, self.neighbours)
        flow = FLOWS[name](context)
        remote = self._remote(flow.scorer, model)
        return replace(flow, slate_order=SlateOrder(), remote_scorer=remote)

    def slate_key(self, queries: Sequence[Query]) -> bytes:
        """The slate key of queries, two for an interleaved list."""
        named = [
            replace(q, model=self.model(q.model), bandit=q.bandit or self.bandit) for q in queries
        ]
        return slate_key(named, (self.id, *self.rules_of(queries)))

    def rules_of(self, queries: Sequence[Query]) -> tuple[str, ...]:
        """Fingerprints of the current merchandising rules of these queries' flows."""
        if self.rules is None:
            return ()
        return tuple([self.rules.fingerprint(query.flow) for query in queries])

    def _remote(self, here: Scorer, model: str) -> Scorer | None:
        """The remote scorer of a local model; None without a remote server."""
        if self.remote_scorer is None or not isinstance(here, RankerScorer):
            return None
        return self.remote_scorer.scorer(model, self.release.features, self.catalogue, here.inputs)


def _warm_up(catalogue: Catalogue) -> None:
    """Compute what all users' signals share, which is too slow for the first request."""
    items = catalogue.charts["popular"][:5]
    ones = np.ones(len(items), dtype=np.float32)
    times = np.full(len(items), catalogue.as_of)
    history = History(items, ones, times, ones, catalogue.as_of)
    signals = UserSignals(catalogue.fitted, history)
    candidate_pool(signals, np.ones(len(catalogue), dtype=bool))
    context_features(catalogue.fitted, history)
    _ = catalogue.main_genre


def _sample_users(release: Release) -> tuple[int, ...]:
    table = read_users(release, ["user_id", "user_rating_count"])
    ids = to_numpy(table.column("user_id"))
    count = to_numpy(table.column("user_rating_count"))
    least, most = _SAMPLE_RATING_COUNTS
    worth = ids[(count >= least) & (count <= most)]
    chosen = worth if len(worth) else ids
    return tuple(chosen[np.argsort(hash_order(chosen))][:1000].tolist())


def _model_names(release: Release, *, with_models: bool) -> tuple[str, ...]:
    """Names of the rankers of a release, the default first: its SavedModels, if `with_models`.

    A release may name a signal as its default.
    """
    default = release.manifest.default_model
    own = sorted(folder.name for folder in (release.root / "models").glob("[!.]*/"))
    if default.startswith(PREFIX):
        _check_signal(release, default)
        return (default, *own) if with_models else (default,)
    if not with_models:
        return ()
    return (default, *(name for name in own if name != default))


def _check_signal(release: Release, default: str) -> None:
    if default.removeprefix(PREFIX) not in NAMES:
        raise ReleaseError(
            f"Expected the default model of release {release.manifest.id} to be one of its models "
            f"or a signal ({', '.join(NAMES)}), got {default}: run `sparrow publish`."
        )

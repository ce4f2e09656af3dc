"""Recommended lists: built at the first request of a visit, then replayed until the visit ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from online.bandits.reward_recorder import RewardRecorder
from online.experiments.assignment.decision import AvailableTargets, ExperimentDecision
from online.experiments.experiment_hooks import ExperimentHooks
from online.experiments.interleaving.interleaved_page import full_prefix_query, interleaved
from online.flow.flows.registry import FLOWS, check_required_parameters
from online.flow.page import build_page
from online.flow.runner import Hydrate, hydrate, run
from online.flow.stages import Flow, Request
from online.flow.trace import Tracer
from online.serving.loaded_release import LoadedRelease
from online.slates.page_cache import CachedPage, PageKey
from online.slates.slate import MAX_RANKS, Slate
from online.slates.slate_store import StoredSlate
from online.types import Page, Query, ResponseBasis
from online.users.user_state import UserState
from online.users.user_store import UserStore
from online.users.visit import half_hour_start
from sparrow.arrays import Int
from sparrow.errors import NotFoundError
from sparrow.feedback.event import EventType


@dataclass(frozen=True)
class ListRequest:
    """A query, what experiments decided on it, and the flows that answer it."""

    query: Query  # before experiments changed it
    decision: ExperimentDecision
    flows: tuple[Flow, ...]  # one for each of the decision's queries
    start: float  # on the clock `perf_counter`

    @property
    def end_rank(self) -> int:
        """Length of the list prefix that contains the page."""
        return self.query.offset + self.query.limit

    @property
    def is_impression(self) -> bool:
        """Whether the page counts as shown: neither a mere look-up nor a forced variant."""
        return self.query.log_impression and self.decision.exposed

    @property
    def ends_slate_on_click(self) -> bool:
        """Whether a click of the user starts a new slate."""
        return any(flow.ends_slate_on_click for flow in self.flows)

    def taste_version(self, user: UserState) -> bytes:
        """Stamp of the user's last event that ends a slate."""
        if not self.ends_slate_on_click:
            return user.taste_version
        last = user.recent_events(EventType.CLICK)[-1:]
        return user.taste_version + last["event_id"].tobytes()

    def continues(self, slate: Slate, user: UserState) -> bool:
        """Whether the page is one of this slate; lower pages keep to it in spite of new events."""
        same = self.query.offset > 0 or slate.taste_version == self.taste_version(user)
        return same and not self.query.refresh


@dataclass(frozen=True)
class BuiltList:
    """A page, and the first ranks of its list."""

    page: Page
    movies: Int  # item_index of the first ranks
    propensities: Mapping[int, float]  # by item_index, of the movies that were drawn
    teams: tuple[int, ...] = ()  # of the first ranks of an interleaved list

    def slate(self, request: Request, taste_version: bytes) -> Slate:
        """The slate that stores this list for the rest of the visit."""
        movies = self.movies[:MAX_RANKS]
        chances = {
            rank: self.propensities[movie]
            for rank, movie in enumerate(movies.tolist())
            if movie in self.propensities
        }
        return Slate(
            at=request.at,
            refresh_count=request.refresh_count,
            taste_version=taste_version,
            movies=movies,
            chances=chances,
            skipped=request.skipped,
            teams=self.teams[:MAX_RANKS],
        )


class Recommender:
    """Answers list queries from the visit's slate, or from a list that is built anew.

    A slate fixes the moment and the random draws of a list. It ends with the visit, with an event
    that changes the user's taste (in some flows with a click), with another release, other rules
    or another experiment variant, and with `Query.refresh`. A movie that the user hides is removed
    and the others keep their order. Lower pages are taken from the same slate whatever the user
    did in between, until the top is requested again.

    Each impression is reported to experiments. For bandits each rank counts once a visit: reloads
    would otherwise teach them that nobody clicks these movies.
    """

    def __init__(
        self,
        serving: LoadedRelease,
        users: UserStore,
        hooks: ExperimentHooks,
        observe: Callable[[Page], None] = lambda _: None,
    ) -> None:
        """`observe` is called with each page that is computed, for the metrics."""
        self._serving, self._users, self._hooks, self._observe = serving, users, hooks, observe
        self._targets = AvailableTargets(frozenset(serving.models), frozenset(FLOWS))
        self._rewards = RewardRecorder(serving.rewards)

    async def page(self, query: Query, load: Hydrate) -> Page:
        """The page of a query; `load` reads its user.

        Raises InvalidRequestError for unknown names, NotFoundError for an unknown user unless the
        query allows one.
        """
        start = perf_counter()
        decision = self._hooks.choose(query, self._targets)
        flows = [await self._validated_flow(q) for q in decision.queries]
        list_request = ListRequest(query, decision, tuple(flows), start)
        tracer = Tracer()
        request = await hydrate(load, decision.query, tracer)
        user = request.user
        if not (user.exists or user.error or query.allow_unknown_user):
            raise NotFoundError(f"There is no user {query.user_id}.")
        if query.user_id is None or user.deleted:
            request = self._new_list_request(list_request, request, None)
            return (await self._build(list_request, request, tracer)).page
        return await self._page_of_slate(list_request, request, tracer)

    async def is_page_unchanged(self, query: Query, basis: ResponseBasis, request_id: str) -> bool:
        """Whether a query gets the page of this basis again; if so, its impression is recorded."""
        cached = self._serving.pages.get(_key(query, basis.user_id, basis.slate_key))
        if cached is None or cached.page.basis is not basis:
            return False
        page = cached.page
        decision = self._hooks.choose(query, self._targets)
        built_with = (page.variants, basis.queries, basis.rules)
        rules = self._serving.rules_of(decision.queries)
        if (decision.variants, decision.queries, rules) != built_with:
            return False
        if not await self._serving.slates.unchanged(basis):
            return False
        self._users.touch(basis.user_id)
        if query.log_impression and decision.exposed:
            self._hooks.shown(decision, page, request_id)
        return True

    async def _page_of_slate(
        self, list_request: ListRequest, request: Request, tracer: Tracer
    ) -> Page:
        """The page of the visit's slate, or of a new one."""
        user, slates = request.user, self._serving.slates
        key = self._serving.slate_key(list_request.decision.queries)
        stored = slates.find(user, key)
        if stored is None or not list_request.continues(stored.slate, user):
            stored, page = await self._start_slate(list_request, request, tracer, (key, stored))
        else:
            if user.is_current and not stored.shared:
                stored = await slates.hold(user, key, stored.slate, b"")
            cached = self._cached_page(list_request, user, key, stored)
            replayed = _replay_slate(request, stored.slate)
            page = cached or (await self._build(list_request, replayed, tracer)).page
        page = self._cache_page(list_request, user, (key, stored), page)
        if list_request.is_impression:
            await self._record_impression(list_request, user, (key, stored), page)
        return page

    async def _record_impression(
        self,
        list_request: ListRequest,
        user: UserState,
        slate: tuple[bytes, StoredSlate],
        page: Page,
    ) -> None:
        """The side effects of a page that the user sees: the impression log, bandit rewards."""
        self._hooks.shown(list_request.decision, page)
        shown_before = await self._serving.slates.count_shown(user, *slate, list_request.end_rank)
        self._rewards.shown(user, page, first=max(shown_before - list_request.query.offset, 0))

    async def _start_slate(
        self,
        list_request: ListRequest,
        request: Request,
        tracer: Tracer,
        previous: tuple[bytes, StoredSlate | None],
    ) -> tuple[StoredSlate, Page]:
        """A new slate and its page; `previous` is its key and the slate that it replaces."""
        key, replaced = previous
        request = self._new_list_request(
            list_request, request, None if replaced is None else replaced.slate
        )
        built = await self._build(list_request, request, tracer)
        slate = built.slate(request, list_request.taste_version(request.user))
        if not len(slate.movies):  # the query's offset is beyond the end, so nothing was ranked
            return StoredSlate(slate.encode(), slate), built.page
        expected = b"" if replaced is None else replaced.data
        stored = await self._serving.slates.hold(request.user, key, slate, expected)
        if stored.slate is not slate:  # another process was faster
            replayed = _replay_slate(request, stored.slate)
            built = await self._build(list_request, replayed, tracer)
        return stored, built.page

    def _new_list_request(
        self, list_request: ListRequest, request: Request, previous: Slate | None
    ) -> Request:
        """The request for a new list in place of the `previous` one.

        Its moment is now. Where no slate can be stored it is the start of the half hour, so that
        a repeated request gets the same list from every process.
        """
        user, at = request.user, request.at
        if list_request.decision.query.at is None and (
            user.user_id is None or user.deleted or not user.is_current
        ):
            at = half_hour_start(at)
        request = replace(request, at=at, propensities={})
        if previous is None:
            return request
        count, skipped = previous.refresh_count, previous.skipped
        if list_request.query.refresh:
            count += 1
            skipped = np.concatenate([skipped, previous.movies[: list_request.end_rank]])
        return replace(request, refresh_count=count, skipped=skipped)

    async def _build(
        self, list_request: ListRequest, request: Request, tracer: Tracer
    ) -> BuiltList:
        """The list by its flow, or by the two flows of an interleaved one."""
        if list_request.decision.alternative_query is None:
            request = replace(request, query=list_request.decision.query)
            built = await self._run_flow(list_request.flows[0], request, tracer, list_request.start)
        else:
            built = await self._build_interleaved(list_request, request, tracer)
        return replace(built, page=replace(built.page, variants=list_request.decision.variants))

    async def _build_interleaved(
        self, list_request: ListRequest, request: Request, tracer: Tracer
    ) -> BuiltList:
        query, end = list_request.query, list_request.end_rank
        prefix = replace(query, offset=0, limit=max(end, MAX_RANKS))
        pages = []
        for flow, side in zip(list_request.flows, list_request.decision.queries, strict=True):
            top = full_prefix_query(replace(side, offset=0, limit=prefix.limit))
            own = replace(request, query=top, propensities=dict(request.propensities))
            pages.append((await self._run_flow(flow, own, tracer, list_request.start)).page)
        catalogue = self._serving.catalogue
        drafted = {}
        if request.slate is not None:
            ids = catalogue.representative_ids(catalogue.ids[request.slate.movies])
            drafted = dict(zip(ids.tolist(), request.slate.teams, strict=True))
        seed = list_request.decision.seed(request.at)
        page = interleaved(
            (pages[0], pages[1]), prefix, seed, catalogue.representative_ids, drafted
        )
        movies = catalogue.item_index([item.movie.movie_id for item in page.items])
        propensities = {
            movie: item.propensity
            for movie, item in zip(movies.tolist(), page.items, strict=True)
            if item.propensity < 1
        }
        part, teams = slice(query.offset, end), page.interleaving_teams
        page = replace(page, items=page.items[part], interleaving_teams=teams[part])
        return BuiltList(page, movies, propensities, teams)

    async def _run_flow(
        self, flow: Flow, request: Request, tracer: Tracer, start: float
    ) -> BuiltList:
        ranked = await run(flow, request, Tracer(tracer.stages))
        query = request.query
        likes = self._serving.likes(self._serving.model(query.model)) if query.explain else None
        page = build_page(flow, request, ranked, (self._serving.id, start), likes)
        self._observe(page)
        return BuiltList(page, ranked.candidates.item_index, request.propensities)

    async def _validated_flow(self, query: Query) -> Flow:
        """The flow of a query, after checking that all that the query names exists."""
        catalogue = self._serving.catalogue
        catalogue.check_genres("genre", [] if query.genre is None else [query.genre])
        model = self._serving.model(query.model)
        if not self._serving.is_loaded(model):
            await asyncio.to_thread(self._serving.scorer, model)
        flow = self._serving.flow(query.flow, model, query.bandit)
        check_required_parameters(flow, query)
        if query.movie_id is not None:
            catalogue.item(query.movie_id)
        return flow

    def _cached_page(
        self, list_request: ListRequest, user: UserState, key: bytes, stored: StoredSlate
    ) -> Page | None:
        """The page as it was built last, if it would be the same now."""
        cached = self._serving.pages.get(_key(list_request.query, user.user_id, key))
        if cached is None or not user.is_current or not cached.is_valid(user.version, stored.data):
            return None
        same_variants = cached.page.variants == list_request.decision.variants
        return cached.page if same_variants else None

    def _cache_page(
        self,
        list_request: ListRequest,
        user: UserState,
        slate: tuple[bytes, StoredSlate],
        page: Page,
    ) -> Page:
        """The page, with its basis; cached unless a stage failed."""
        if page.basis is not None or any(stage.error for stage in page.trace):
            return page
        key, stored = slate
        if not (list_request.query.variants or list_request.ends_slate_on_click):
            user_id = user.user_id
            assert user_id is not None  # noqa: S101 - anonymous lists have no slate
            queries = list_request.decision.queries
            rules = self._serving.rules_of(queries)
            basis = ResponseBasis(user_id, user.version, key, stored.data, queries, rules)
            page = replace(page, basis=basis)
        cached = CachedPage(page, user.version, stored.data)
        self._serving.pages.put(_key(list_request.query, user.user_id, key), cached)
        return page


def _replay_slate(request: Request, slate: Slate) -> Request:
    """The request with the moment, the draws and the order of a slate."""
    recent = request.user.recent
    user = replace(request.user, recent=recent[recent["timestamp"] <= slate.at])
    return replace(
        request,
        user=user,
        at=slate.at,
        refresh_count=slate.refresh_count,
        skipped=slate.skipped,
        slate=slate,
        propensities=slate.propensities,
    )


def _key(query: Query, user_id: int | None, slate_key: bytes) -> PageKey:
    assert user_id is not None  # noqa: S101 - anonymous lists have no slate
    return user_id, slate_key, query.offset, query.limit, query.explain

"""Personal lists: made when a visit first asks for them, and then held until it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from online.bandits.reward_recorder import RewardRecorder
from online.catalogue.catalogue_queries import CatalogueQueries
from online.experiments.assignment.decision import AvailableTargets, ExperimentDecision
from online.experiments.experiment_hooks import ExperimentHooks
from online.experiments.interleaving.interleaved_page import full_prefix_query, interleaved
from online.flow.flows.registry import FLOWS, check_required_parameters
from online.flow.page import build_page
from online.flow.rerankers.slate_order import SlateOrder
from online.flow.runner import hydrate, run
from online.flow.stages import Flow, Request
from online.flow.trace import Tracer
from online.serving.loaded_release import LoadedRelease
from online.slates.page_cache import CachedPage, PageKey
from online.slates.slate import MAX_RANKS, Slate
from online.slates.slate_store import StoredSlate
from online.types import Page, Query, ResponseBasis
from online.users.user_state import UserState
from online.users.visit import half_hour_start
from sparrow.arrays import Int
from sparrow.errors import NotFoundError
from sparrow.feedback.event import EventType

HydrateFn = Callable[[Query], Awaitable[Request]]


@dataclass(frozen=True)
class ListRequest:
    """What a request asks for, as experiments have changed it."""

    query: Query  # as it came
    choice: ExperimentDecision
    flows: tuple[Flow, ...]  # one for each of the choice's queries
    start: float  # on the clock `perf_counter`

    @property
    def end(self) -> int:
        """Ranks from the top that it reaches."""
        return self.query.offset + self.query.limit

    @property
    def counts(self) -> bool:
        """Whether the user sees it, and by no force."""
        return self.query.log_impression and self.choice.exposed

    @property
    def follows_clicks(self) -> bool:
        """Whether a click is an act."""
        return any(flow.follows_clicks for flow in self.flows)

    def taste_version(self, user: UserState) -> bytes:
        """Stamp of the user's last act."""
        if not self.follows_clicks:
            return user.taste_version
        last = user.recent_events(EventType.CLICK)[-1:]
        return user.taste_version + last["event_id"].tobytes()

    def continues(self, slate: Slate, user: UserState) -> bool:
        """Whether it is answered by a list that is held."""
        same = self.query.offset > 0 or slate.taste_version == self.taste_version(user)
        return same and not self.query.refresh


@dataclass(frozen=True)
class BuiltList:
    """A page, and the beginning of the list that it is of."""

    page: Page
    movies: Int  # item_index of the first ranks
    propensities: Mapping[int, float]  # item_index → chance, of those that were drawn
    teams: tuple[int, ...] = ()  # of the first ranks of an interleaved list

    def slate(self, request: Request, taste_version: bytes) -> Slate:
        """What a visit holds of the list that this request made after the user's last act."""
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
    """Answers queries for lists: by the list that the visit holds, or by a new one.

    A list is held as of one moment, with one seed for all that is drawn. It ends with its visit,
    with an act of the user that says anything of their taste (in a flow that follows clicks, with a
    click too), with another release, other rules or
    another variant of an experiment, and when others are asked for. What the user hides leaves the
    list, and the others keep their order. Whoever acts while paging through a list pages through
    the same one, less what they are done with, until they ask for its top again.

    Every time a list is shown it is reported to experiments, as an exposure. For bandits each of
    its ranks counts once a visit: a page that is loaded again would else teach them that nobody
    wants its movies.
    """

    def __init__(
        self,
        serving: LoadedRelease,
        hooks: ExperimentHooks,
        observe: Callable[[Page], None] = lambda _: None,
    ) -> None:
        """`observe` is told of each page that is computed, for the metrics."""
        self._serving, self._trials, self._observe = serving, hooks, observe
        self._valid = AvailableTargets(frozenset(serving.models), frozenset(FLOWS))
        self._rewards = RewardRecorder(serving.rewards, serving.users)

    async def page(self, query: Query, hydrate_user: HydrateFn) -> Page:
        """The page that a query asks for, of a user that `hydrate_user` knows.

        Raises InvalidRequestError for names that there are not, NotFoundError for an unknown user
        whom the query does not want.
        """
        start = perf_counter()
        choice = self._trials.choose(query, self._valid)
        flows = [replace(await self._flow(q), hydrate=hydrate_user) for q in choice.queries]
        asked = ListRequest(query, choice, tuple(flows), start)
        tracer = Tracer()
        request = await hydrate(flows[0], choice.query, tracer)
        user = request.user
        if not (user.known or user.error or query.allow_unknown_user):
            raise NotFoundError(f"There is no user {query.user_id}.")
        if query.user_id is None or user.erased:
            made = await self._build(asked, self._fresh_request(asked, request, None), tracer)
            return made.page
        return await self._page_of_slate(asked, request, tracer)

    async def is_page_unchanged(self, query: Query, basis: ResponseBasis, request_id: str) -> bool:
        """Whether a query gets the page of this basis again; if so, it counts as shown again."""
        known = self._serving.pages.get(_key(query, basis.user_id, basis.slate_key))
        if known is None or known.page.basis is not basis:
            return False
        page = known.page
        choice = self._trials.choose(query, self._valid)
        made_for = (page.variants, basis.queries, basis.rules)
        if (choice.variants, choice.queries, self._serving.rules_of(choice.queries)) != made_for:
            return False
        if not await self._serving.slates.unchanged(basis):
            return False
        self._serving.users.touch(basis.user_id)
        if query.log_impression and choice.exposed:
            self._trials.shown(choice, page, request_id)
        return True

    async def _page_of_slate(self, asked: ListRequest, request: Request, tracer: Tracer) -> Page:
        """The page of the list that the visit holds, or of one that it holds from now on."""
        user, lists = request.user, self._serving.slates
        name = self._serving.slate_key(asked.choice.queries)
        kept = lists.find(user, name)
        if kept is None or not asked.continues(kept.list, user):
            kept, page = await self._start_slate(asked, request, tracer, (name, kept))
        else:
            if user.is_current and not kept.shared:
                kept = await lists.hold(user, name, kept.list, b"")
            known = self._cached_page(asked, user, name, kept)
            again = _replay_slate(request, kept.list)
            page = known or (await self._build(asked, again, tracer)).page
        page = self._cache_page(asked, user, (name, kept), page)
        if asked.counts:
            self._trials.shown(asked.choice, page)
            before = await lists.count_shown(user, name, kept, asked.end)
            self._rewards.shown(user, page, first=max(before - asked.query.offset, 0))
        return page

    async def _start_slate(
        self,
        asked: ListRequest,
        request: Request,
        tracer: Tracer,
        before: tuple[bytes, StoredSlate | None],
    ) -> tuple[StoredSlate, Page]:
        """A list made anew, and its page.

        `before` is the list's name, and the list that it takes the place of.
        """
        name, kept = before
        beginning = self._fresh_request(asked, request, None if kept is None else kept.list)
        made = await self._build(asked, beginning, tracer)
        new = made.slate(beginning, asked.taste_version(request.user))
        if not len(new.movies):  # its end was asked for, and nothing was ranked
            return StoredSlate(new.encode(), new), made.page
        seen = b"" if kept is None else kept.data
        holds = await self._serving.slates.hold(request.user, name, new, seen)
        if holds.list is not new:  # another process was faster
            made = await self._build(asked, _replay_slate(request, holds.list), tracer)
        return holds, made.page

    def _fresh_request(self, asked: ListRequest, request: Request, before: Slate | None) -> Request:
        """The request for a list that is made anew, in place of the one `before`.

        Its moment is now; where nothing can be held, it is the last full half hour, so that the
        same request soon gets the same list from every process.
        """
        user, at = request.user, request.at
        if asked.choice.query.at is None and (
            user.user_id is None or user.erased or not user.is_current
        ):
            at = half_hour_start(at)
        request = replace(request, at=at, propensities={})
        if before is None:
            return request
        if not asked.query.refresh:
            return replace(request, refresh_count=before.refresh_count, skipped=before.skipped)
        skipped = np.concatenate([before.skipped, before.movies[: asked.end]])
        return replace(request, refresh_count=before.refresh_count + 1, skipped=skipped)

    async def _build(self, asked: ListRequest, request: Request, tracer: Tracer) -> BuiltList:
        """The list by its flow, or by the two flows of an interleaved one."""
        if asked.choice.alternative_query is None:
            made = await self._build_single(asked, request, tracer)
        else:
            made = await self._build_interleaved(asked, request, tracer)
        return replace(made, page=replace(made.page, variants=asked.choice.variants))

    async def _build_single(
        self, asked: ListRequest, request: Request, tracer: Tracer
    ) -> BuiltList:
        request = replace(request, query=asked.choice.query)
        return await self._ranked(asked.flows[0], request, tracer, asked.start)

    async def _build_interleaved(
        self, asked: ListRequest, request: Request, tracer: Tracer
    ) -> BuiltList:
        slate, query = request.slate, asked.query
        whole = replace(query, offset=0, limit=max(asked.end, MAX_RANKS))
        pages = []
        for flow, side in zip(asked.flows, asked.choice.queries, strict=True):
            top = full_prefix_query(replace(side, offset=0, limit=whole.limit))
            own = replace(request, query=top, propensities=dict(request.propensities))
            pages.append((await self._ranked(flow, own, tracer, asked.start)).page)
        catalogue = self._serving.catalogue
        drafted = {}
        if slate is not None:
            one_id = catalogue.representative_ids(catalogue.ids[slate.movies])
            drafted = dict(zip(one_id.tolist(), slate.teams, strict=True))
        seed = asked.choice.seed(request.at)
        both = pages[0], pages[1]
        page = interleaved(both, whole, seed, catalogue.representative_ids, drafted)
        movies = catalogue.item_index([item.movie.movie_id for item in page.items])
        drawn = {
            movie: item.propensity
            for movie, item in zip(movies.tolist(), page.items, strict=True)
            if item.propensity < 1
        }
        part = slice(query.offset, asked.end)
        shown = replace(page, items=page.items[part], teams=page.teams[part])
        return BuiltList(shown, movies, drawn, page.teams)

    async def _ranked(
        self, flow: Flow, request: Request, tracer: Tracer, start: float
    ) -> BuiltList:
        if request.slate is not None:
            flow = replace(flow, rerankers=(*flow.rerankers, SlateOrder()))
        ranked = await run(flow, request, Tracer(tracer.stages))
        query = request.query
        likes = self._serving.likes(self._serving.model(query.model)) if query.explain else None
        page = build_page(flow, request, ranked, (self._serving.id, start), likes)
        self._observe(page)
        return BuiltList(page, ranked.candidates.item_index, request.propensities)

    async def _flow(self, query: Query) -> Flow:
        """The flow that a query asks for, once all that it names is there."""
        movies = CatalogueQueries(self._serving.catalogue)
        movies.check_genres("genre", [] if query.genre is None else [query.genre])
        model = self._serving.model(query.model)
        if not self._serving.is_loaded(model):
            await asyncio.to_thread(self._serving.scorer, model)
        flow = self._serving.flow(query.flow, model, query.bandit)
        check_required_parameters(flow, query)
        if query.movie_id is not None:
            self._serving.catalogue.item(query.movie_id)
        return flow

    def _cached_page(
        self, asked: ListRequest, user: UserState, name: bytes, kept: StoredSlate
    ) -> Page | None:
        """The page as it was made last, if it would be made the same again."""
        known = self._serving.pages.get(_key(asked.query, user.user_id, name))
        if known is None or not user.is_current or not known.still(user.version, kept.data):
            return None
        return known.page if known.page.variants == asked.choice.variants else None

    def _cache_page(
        self, asked: ListRequest, user: UserState, slate: tuple[bytes, StoredSlate], page: Page
    ) -> Page:
        """The page, remembered for the next request; not while something fails that makes it."""
        if page.basis is not None or any(stage.error for stage in page.trace):
            return page
        name, kept = slate
        if not (asked.query.variants or asked.follows_clicks):
            user_id = user.user_id
            assert user_id is not None  # noqa: S101 - nobody's lists are not held
            queries = asked.choice.queries
            rules = self._serving.rules_of(queries)
            basis = ResponseBasis(user_id, user.version, name, kept.data, queries, rules)
            page = replace(page, basis=basis)
        known = CachedPage(page, user.version, kept.data)
        self._serving.pages.put(_key(asked.query, user.user_id, name), known)
        return page


def _replay_slate(request: Request, slate: Slate) -> Request:
    """The request for a list that is held: as of its moment, with its draws."""
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


def _key(query: Query, user_id: int | None, name: bytes) -> PageKey:
    assert user_id is not None  # noqa: S101 - nobody's lists are not held
    return user_id, name, query.offset, query.limit, query.explain

"""Personal lists: made when a visit first asks for them, and then held until it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from online.bandits.reward_recorder import Credit
from online.catalogue.catalogue_queries import Films
from online.experiments.assignment.decision import Choice, Valid
from online.experiments.experiment_hooks import Trials
from online.experiments.interleaving.interleaved_page import from_the_top, interleaved
from online.flow.flows.registry import FLOWS, check_needs
from online.flow.page import page_of
from online.flow.rerankers.slate_order import HeldOrder
from online.flow.runner import hydrate, run
from online.flow.stages import Flow, Request
from online.flow.trace import Tracer
from online.serving.loaded_release import Serving
from online.slates.page_cache import KnownPage, PageKey
from online.slates.slate import MOST_MOVIES, HeldList
from online.slates.slate_store import Kept
from online.types import Basis, Page, Query
from online.users.user_state import ViewerState
from online.users.visit import slot_start
from sparrow.arrays import Int
from sparrow.errors import NotFoundError
from sparrow.feedback.event import EventType

Hydrate = Callable[[Query], Awaitable[Request]]


@dataclass(frozen=True)
class Asked:
    """What a request asks for, as experiments have changed it."""

    query: Query  # as it came
    choice: Choice
    flows: tuple[Flow, ...]  # one for each of the choice's queries
    start: float  # on the clock `perf_counter`

    @property
    def end(self) -> int:
        """Ranks from the top that it reaches."""
        return self.query.offset + self.query.limit

    @property
    def counts(self) -> bool:
        """Whether the user sees it, and by no force."""
        return self.query.shown and self.choice.exposed

    @property
    def follows_clicks(self) -> bool:
        """Whether a click is an act."""
        return any(flow.follows_clicks for flow in self.flows)

    def acted(self, viewer: ViewerState) -> bytes:
        """Stamp of the user's last act."""
        if not self.follows_clicks:
            return viewer.acted
        last = viewer.of_kind(EventType.CLICK)[-1:]
        return viewer.acted + last["event_id"].tobytes()

    def goes_on(self, held: HeldList, viewer: ViewerState) -> bool:
        """Whether it is answered by a list that is held."""
        same = self.query.offset > 0 or held.acted == self.acted(viewer)
        return same and not self.query.refresh


@dataclass(frozen=True)
class Made:
    """A page, and the beginning of the list that it is of."""

    page: Page
    movies: Int  # item_index of the first ranks
    propensities: Mapping[int, float]  # item_index → chance, of those that were drawn
    teams: tuple[int, ...] = ()  # of the first ranks of an interleaved list

    def held(self, request: Request, acted: bytes) -> HeldList:
        """What a visit holds of the list that this request made after the user's last act."""
        movies = self.movies[:MOST_MOVIES]
        chances = {
            rank: self.propensities[movie]
            for rank, movie in enumerate(movies.tolist())
            if movie in self.propensities
        }
        return HeldList(
            at=request.at,
            turn=request.turn,
            acted=acted,
            movies=movies,
            chances=chances,
            passed=request.passed,
            teams=self.teams[:MOST_MOVIES],
        )


class ListMaker:
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
        self, serving: Serving, trials: Trials, observe: Callable[[Page], None] = lambda _: None
    ) -> None:
        """`observe` is told of each page that is computed, for the metrics."""
        self._serving, self._trials, self._observe = serving, trials, observe
        self._valid = Valid(frozenset(serving.models), frozenset(FLOWS))
        self._credit = Credit(serving.rewards, serving.viewers)

    async def page(self, query: Query, hydrating: Hydrate) -> Page:
        """The page that a query asks for, of a user that `hydrating` knows.

        Raises InvalidRequestError for names that there are not, NotFoundError for an unknown user
        whom the query does not want.
        """
        start = perf_counter()
        choice = self._trials.choose(query, self._valid)
        flows = [replace(await self._flow(q), hydrate=hydrating) for q in choice.queries]
        asked = Asked(query, choice, tuple(flows), start)
        tracer = Tracer()
        request = await hydrate(flows[0], choice.query, tracer)
        viewer = request.viewer
        if not (viewer.known or viewer.error or query.strangers):
            raise NotFoundError(f"There is no viewer {query.user_id}.")
        if query.user_id is None or viewer.erased:
            made = await self._made(asked, self._new(asked, request, None), tracer)
            return made.page
        return await self._held(asked, request, tracer)

    async def same_page(self, query: Query, basis: Basis, request_id: str) -> bool:
        """Whether a query gets the page of this basis again; if so, it counts as shown again."""
        known = self._serving.pages.get(_key(query, basis.user_id, basis.list_id))
        if known is None or known.page.basis is not basis:
            return False
        page = known.page
        choice = self._trials.choose(query, self._valid)
        made_for = (page.variants, basis.queries, basis.rules)
        if (choice.variants, choice.queries, self._serving.rules_of(choice.queries)) != made_for:
            return False
        if not await self._serving.held_lists.unchanged(basis):
            return False
        self._serving.viewers.still(basis.user_id)
        if query.shown and choice.exposed:
            self._trials.shown(choice, page, request_id)
        return True

    async def _held(self, asked: Asked, request: Request, tracer: Tracer) -> Page:
        """The page of the list that the visit holds, or of one that it holds from now on."""
        viewer, lists = request.viewer, self._serving.held_lists
        name = self._serving.list_id(asked.choice.queries)
        kept = lists.find(viewer, name)
        if kept is None or not asked.goes_on(kept.list, viewer):
            kept, page = await self._begun(asked, request, tracer, (name, kept))
        else:
            if viewer.readable and not kept.shared:
                kept = await lists.hold(viewer, name, kept.list, b"")
            known = self._known(asked, viewer, name, kept)
            again = _again(request, kept.list)
            page = known or (await self._made(asked, again, tracer)).page
        page = self._remembered(asked, viewer, (name, kept), page)
        if asked.counts:
            self._trials.shown(asked.choice, page)
            before = await lists.count_shown(viewer, name, kept, asked.end)
            self._credit.shown(viewer, page, first=max(before - asked.query.offset, 0))
        return page

    async def _begun(
        self, asked: Asked, request: Request, tracer: Tracer, before: tuple[bytes, Kept | None]
    ) -> tuple[Kept, Page]:
        """A list made anew, and its page.

        `before` is the list's name, and the list that it takes the place of.
        """
        name, kept = before
        beginning = self._new(asked, request, None if kept is None else kept.list)
        made = await self._made(asked, beginning, tracer)
        new = made.held(beginning, asked.acted(request.viewer))
        if not len(new.movies):  # its end was asked for, and nothing was ranked
            return Kept(new.encode(), new), made.page
        seen = b"" if kept is None else kept.data
        holds = await self._serving.held_lists.hold(request.viewer, name, new, seen)
        if holds.list is not new:  # another process was faster
            made = await self._made(asked, _again(request, holds.list), tracer)
        return holds, made.page

    def _new(self, asked: Asked, request: Request, before: HeldList | None) -> Request:
        """The request for a list that is made anew, in place of the one `before`.

        Its moment is now; where nothing can be held, it is the last full half hour, so that the
        same request soon gets the same list from every process.
        """
        viewer, at = request.viewer, request.at
        if asked.choice.query.at is None and (
            viewer.user_id is None or viewer.erased or not viewer.readable
        ):
            at = slot_start(at)
        request = replace(request, at=at, propensities={})
        if before is None:
            return request
        if not asked.query.refresh:
            return replace(request, turn=before.turn, passed=before.passed)
        passed = np.concatenate([before.passed, before.movies[: asked.end]])
        return replace(request, turn=before.turn + 1, passed=passed)

    async def _made(self, asked: Asked, request: Request, tracer: Tracer) -> Made:
        """The list by its flow, or by the two flows of an interleaved one."""
        if asked.choice.rival is None:
            made = await self._by_one(asked, request, tracer)
        else:
            made = await self._by_two(asked, request, tracer)
        return replace(made, page=replace(made.page, variants=asked.choice.variants))

    async def _by_one(self, asked: Asked, request: Request, tracer: Tracer) -> Made:
        request = replace(request, query=asked.choice.query)
        return await self._ranked(asked.flows[0], request, tracer, asked.start)

    async def _by_two(self, asked: Asked, request: Request, tracer: Tracer) -> Made:
        held, query = request.held, asked.query
        whole = replace(query, offset=0, limit=max(asked.end, MOST_MOVIES))
        pages = []
        for flow, side in zip(asked.flows, asked.choice.queries, strict=True):
            top = from_the_top(replace(side, offset=0, limit=whole.limit))
            own = replace(request, query=top, propensities=dict(request.propensities))
            pages.append((await self._ranked(flow, own, tracer, asked.start)).page)
        catalogue = self._serving.catalogue
        drafted = {}
        if held is not None:
            one_id = catalogue.representative_ids(catalogue.ids[held.movies])
            drafted = dict(zip(one_id.tolist(), held.teams, strict=True))
        seed = asked.choice.seed(request.at)
        both = pages[0], pages[1]
        page = interleaved(both, whole, seed, catalogue.representative_ids, drafted)
        movies = catalogue.positions([item.movie.movie_id for item in page.items])
        drawn = {
            movie: item.propensity
            for movie, item in zip(movies.tolist(), page.items, strict=True)
            if item.propensity < 1
        }
        part = slice(query.offset, asked.end)
        shown = replace(page, items=page.items[part], teams=page.teams[part])
        return Made(shown, movies, drawn, page.teams)

    async def _ranked(self, flow: Flow, request: Request, tracer: Tracer, start: float) -> Made:
        if request.held is not None:
            flow = replace(flow, rerankers=(*flow.rerankers, HeldOrder()))
        ranked = await run(flow, request, Tracer(tracer.stages))
        query = request.query
        likes = self._serving.likes(self._serving.model(query.model)) if query.explain else None
        page = page_of(flow, request, ranked, (self._serving.id, start), likes)
        self._observe(page)
        return Made(page, ranked.candidates.positions, request.propensities)

    async def _flow(self, query: Query) -> Flow:
        """The flow that a query asks for, once all that it names is there."""
        films = Films(self._serving.catalogue)
        films.check_genres("genre", [] if query.genre is None else [query.genre])
        model = self._serving.model(query.model)
        if not self._serving.is_loaded(model):
            await asyncio.to_thread(self._serving.scorer, model)
        flow = self._serving.flow(query.flow, model, query.bandit)
        check_needs(flow, query)
        if query.movie_id is not None:
            self._serving.catalogue.position(query.movie_id)
        return flow

    def _known(self, asked: Asked, viewer: ViewerState, name: bytes, kept: Kept) -> Page | None:
        """The page as it was made last, if it would be made the same again."""
        known = self._serving.pages.get(_key(asked.query, viewer.user_id, name))
        if known is None or not viewer.readable or not known.still(viewer.changed, kept.data):
            return None
        return known.page if known.page.variants == asked.choice.variants else None

    def _remembered(
        self, asked: Asked, viewer: ViewerState, held: tuple[bytes, Kept], page: Page
    ) -> Page:
        """The page, remembered for the next request; not while something fails that makes it."""
        if page.basis is not None or any(stage.error for stage in page.trace):
            return page
        name, kept = held
        if not (asked.query.variants or asked.follows_clicks):
            user_id = viewer.user_id
            assert user_id is not None  # noqa: S101 - nobody's lists are not held
            queries = asked.choice.queries
            rules = self._serving.rules_of(queries)
            basis = Basis(user_id, viewer.changed, name, kept.data, queries, rules)
            page = replace(page, basis=basis)
        known = KnownPage(page, viewer.changed, kept.data)
        self._serving.pages.put(_key(asked.query, viewer.user_id, name), known)
        return page


def _again(request: Request, held: HeldList) -> Request:
    """The request for a list that is held: as of its moment, with its draws."""
    recent = request.viewer.recent
    viewer = replace(request.viewer, recent=recent[recent["timestamp"] <= held.at])
    return replace(
        request,
        viewer=viewer,
        at=held.at,
        turn=held.turn,
        passed=held.passed,
        held=held,
        propensities=held.propensities,
    )


def _key(query: Query, user_id: int | None, name: bytes) -> PageKey:
    assert user_id is not None  # noqa: S101 - nobody's lists are not held
    return user_id, name, query.offset, query.limit, query.explain

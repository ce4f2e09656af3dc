"""The lists that users' visits hold: in Redis, so that every process shows the same."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from time import monotonic

from redis.asyncio import Redis
from redis.commands.core import AsyncScript
from redis.exceptions import RedisError

from online.held_lists.held_list import HeldList, same_list
from online.held_lists.visit import VISIT_SECONDS
from online.types import Basis
from online.viewer_state import ViewerState
from sparrow import keys
from sparrow.feedback.record import CHANGED

MOST_LISTS = 64  # of one visit; one more displaces any of them

_REMEMBERED = 20_000  # lists of this process, for the time that Redis is away


@dataclass(frozen=True)
class Kept:
    """A list as it is kept."""

    data: bytes  # encoded
    list: HeldList
    shared: bool = True  # whether other processes see it


class HeldLists:
    """Holds lists for as long as their user's visit lasts.

    Each is a field of a hash per user that expires when the visit ends. This process also remembers
    the lists that it saw: while Redis is away, lists go on from these, and when Redis is back
    without them it gets them again.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._seen: OrderedDict[tuple[int, bytes], tuple[float, bytes]] = OrderedDict()

    def find(self, viewer: ViewerState, name: bytes) -> Kept | None:
        """The list of this name, as it was read together with the user."""
        assert viewer.user_id is not None  # noqa: S101 - nobody's lists are not held
        shared = _decoded(viewer.held.get(name, b""))  # nothing while Redis is away
        if shared is not None:
            self._remember(viewer.user_id, name, shared.data)
            return shared
        since, data = self._seen.get((viewer.user_id, name), (0.0, b""))
        remembered = _decoded(data, shared=False)
        if remembered is None or monotonic() - since > VISIT_SECONDS:
            return None
        self._remember(viewer.user_id, name, data)
        return remembered

    async def hold(self, viewer: ViewerState, name: bytes, made: HeldList, seen: bytes) -> Kept:
        """Hold a list in place of the one that was `seen`, encoded, or of none.

        Returns the list that holds: that of another process which was faster.
        """
        assert viewer.user_id is not None  # noqa: S101 - nobody's lists are not held
        kept = Kept(made.encode(), made)
        if viewer.readable:
            try:
                data = await self._hold(
                    [keys.held(viewer.user_id), keys.ERASED],
                    [viewer.user_id, name, seen, kept.data, VISIT_SECONDS, MOST_LISTS],
                )
            except (RedisError, OSError, TimeoutError):
                data = kept.data  # the list is there, and this process remembers it
            if not same_list(data, kept.data):
                kept = _decoded(data) or kept
        self._remember(viewer.user_id, name, kept.data)
        return kept

    async def count_shown(self, viewer: ViewerState, name: bytes, kept: Kept, shown: int) -> int:
        """Note that the first `shown` ranks were shown; returns how many had been before.

        Without Redis all count as shown before: nobody can tell then.
        """
        if shown <= kept.list.shown:
            return kept.list.shown
        if not viewer.readable:
            return shown
        assert viewer.user_id is not None  # noqa: S101 - nobody's lists are not held
        try:
            return int(await self._count([keys.held(viewer.user_id)], [name, shown]))
        except (RedisError, OSError, TimeoutError):
            return shown

    async def unchanged(self, basis: Basis) -> bool:
        """Whether what an answer rests on is as it was; False while Redis is away.

        The visit goes on.
        """
        user_id, name = basis.user_id, basis.list_id
        try:
            changed, held, erased = await self._peek(
                [keys.live(user_id), keys.held(user_id), keys.ERASED],
                [user_id, CHANGED, name, VISIT_SECONDS],
            )
        except (RedisError, OSError, TimeoutError):
            return False
        if erased or changed != basis.changed or not same_list(held, basis.held):
            return False
        if name:
            self._remember(user_id, name, held)
        return True

    def _remember(self, user_id: int, name: bytes, data: bytes) -> None:
        self._seen[user_id, name] = (monotonic(), data)
        self._seen.move_to_end((user_id, name))
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)

    @cached_property
    def _hold(self) -> AsyncScript:
        return self._script("hold")

    @cached_property
    def _count(self) -> AsyncScript:
        return self._script("count")

    @cached_property
    def _peek(self) -> AsyncScript:
        return self._script("peek")

    def _script(self, name: str) -> AsyncScript:
        text = files("online.held_lists").joinpath(f"{name}.lua").read_text()
        return self._redis.register_script(text)


def _decoded(data: bytes, shared: bool = True) -> Kept | None:
    """None for bytes that are no list: it is made anew then."""
    try:
        return Kept(data, HeldList.decode(data), shared)
    except ValueError:
        return None

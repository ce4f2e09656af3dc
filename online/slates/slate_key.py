"""The key of a list: equal for queries that get the same list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from xxhash import xxh3_64_digest

from online.types import Query

_IGNORED_FIELDS = frozenset(
    {
        "user_id",
        "limit",
        "offset",
        "variants",
        "request_id",
        "allow_unknown_user",
        "log_impression",
        "refresh",
        "explain",
    }
)
"""Query fields that do not change the list; variants have changed the others already."""

_KEY_FIELDS = tuple(f.name for f in fields(Query) if f.name not in _IGNORED_FIELDS)


def slate_key(queries: Sequence[Query], made_by: Sequence[str]) -> bytes:
    """The key of a user's list: 8 bytes, the same in every process.

    `queries` are as changed by experiments, two for an interleaved list. `made_by` names what else
    determines it: the release, the rules, the server's defaults.
    """
    asked = [tuple(getattr(query, name) for name in _KEY_FIELDS) for query in queries]
    return xxh3_64_digest(repr((asked, tuple(made_by))).encode())

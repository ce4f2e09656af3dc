"""Which list a query asks for: the same name as long as the same things decide it."""

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
"""Fields of a query that leave its list alone; variants have changed the others already."""

_KEY_FIELDS = tuple(f.name for f in fields(Query) if f.name not in _IGNORED_FIELDS)


def slate_key(queries: Sequence[Query], made_by: Sequence[str]) -> bytes:
    """The name of a user's list: 8 bytes, the same in every process.

    `queries` are as experiments have changed them, two for an interleaved list. `made_by` names
    what else decides it: the release, the rules, the defaults of the server.
    """
    asked = [tuple(getattr(query, name) for name in _KEY_FIELDS) for query in queries]
    return xxh3_64_digest(repr((asked, tuple(made_by))).encode())

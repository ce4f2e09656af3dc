"""An API key: what is kept of it, and the token that its owner has."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

_START = "sparrow"


class KeyScope(StrEnum):
    """What a key may be good for."""

    READ = "read"  # lists, movies, users, metrics
    EVENTS = "events"  # what users do, new users, erasing
    ADMIN = "admin"  # experiments and releases, and all of the others


class ApiKey(BaseModel):
    """What is kept of a key: not enough to make its token."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str = Field(min_length=1, max_length=100)
    subsets: frozenset[KeyScope] = Field(min_length=1)
    per_minute: int = Field(ge=1)
    created_at: int  # seconds since 1970
    digest: str  # SHA-256 of the secret, which is too long to be guessed: nothing slower is needed

    def allows(self, scope: KeyScope) -> bool:
        """Whether it is good for this."""
        return scope in self.subsets or KeyScope.ADMIN in self.subsets

    def matches(self, token: str) -> bool:
        """Whether this is its token, in constant time."""
        return hmac.compare_digest(self.digest, digest_of(token))


def new_token() -> str:
    """A token with an id to look it up by, and a secret of 256 bits."""
    return f"{_START}_{secrets.token_hex(6)}_{secrets.token_urlsafe(32)}"


def id_of(token: str) -> str:
    """The id in a token; empty for what is no token."""
    start, _, rest = token.partition("_")
    return rest.partition("_")[0] if start == _START else ""


def digest_of(token: str) -> str:
    """What is kept of a token's secret."""
    return hashlib.sha256(token.encode()).hexdigest()

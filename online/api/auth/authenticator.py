"""The authenticator of the API: who comes through with what they show."""

from __future__ import annotations

import hmac
import time
from collections.abc import Mapping
from math import ceil

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from pydantic import SecretStr

from online.api.auth.api_key import ApiKey, KeyScope, id_of
from online.runtime.polling import PolledValue
from sparrow.errors import (
    DependencyError,
    ForbiddenError,
    TooManyRequestsError,
    UnauthorizedError,
)

Keys = PolledValue[Mapping[str, ApiKey]]


class Authenticator:
    """Lets through whoever shows the administrator's token, or a key that is good for it."""

    def __init__(self, admin_token: SecretStr | None) -> None:
        self._admin_token = admin_token
        self._keys: Keys | None = None
        self._limiter: FixedWindowRateLimiter | None = None

    def use_keys(self, keys: Keys) -> None:
        """Accept keys as well; each process counts their requests by itself."""
        self._keys = keys
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def authorise(self, scope: KeyScope, token: str | None) -> None:
        """Raise what keeps a request outside.

        ForbiddenError: nobody may, or not with this key. UnauthorizedError: nothing was shown that
        is known. TooManyRequestsError: the key was used too often. DependencyError: keys cannot be
        read.
        """
        if self._admin_token is None and self._keys is None:
            raise ForbiddenError("This is for administrators: set SPARROW_ADMIN_TOKEN to be one.")
        if self.is_administrator(token):
            return
        key = self._key(token)
        if not key.allows(scope):
            raise ForbiddenError(f"Expected a key of scope {scope}; {key.name} is for others.")
        self._count(key)

    def is_administrator(self, token: str | None) -> bool:
        """Whether this is the administrator's token, in a time that does not tell how nearly."""
        if self._admin_token is None or token is None:
            return False
        expected = self._admin_token.get_secret_value()
        return hmac.compare_digest(token.encode(), expected.encode())

    def _key(self, token: str | None) -> ApiKey:
        if self._keys is not None and token is not None:
            key = self._keys.value.get(id_of(token))
            if key is not None and key.matches(token):
                return key
            if self._keys.problem is not None:
                raise DependencyError(self._keys.problem)
        shown = "the administrator's token" if self._keys is None else "a key"
        raise UnauthorizedError(f"Expected {shown} as `Authorization: Bearer …`.")

    def _count(self, key: ApiKey) -> None:
        limit = RateLimitItemPerMinute(key.per_minute)
        if self._limiter is not None and not self._limiter.hit(limit, key.id):
            opens = self._limiter.get_window_stats(limit, key.id).reset_time
            raise TooManyRequestsError(
                f"Expected at most {key.per_minute} requests a minute with key {key.name}.",
                retry_after=max(ceil(opens - time.time()), 1),
            )

"""One tree of errors: each message says what was expected, what came, and what to do.

Errors are raised where the fact is known and caught once, at the edge: the command line prints
`Error: …` and exits with `exit_code`; the REST layer answers with `status` as problem details.
"""

from __future__ import annotations

from typing import ClassVar


class SparrowError(Exception):
    """Root of everything Sparrow raises on purpose; `str(error)` is fit for a user to read."""

    exit_code: ClassVar[int] = 1
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Internal error"


class ConfigurationError(SparrowError):
    """A setting, a dependency or a port is not as it must be; nothing was started."""

    exit_code = 2


class DataError(SparrowError):
    """Input data cannot be used: missing, corrupt, empty, or too bad for `--strict`."""

    exit_code = 3


class ChecksumError(DataError):
    """A downloaded file is not the one that the catalogue names."""


class StorageError(SparrowError):
    """The disk is full or a folder cannot be written; nothing was left half-written."""

    exit_code = 4


class ReleaseError(SparrowError):
    """A release is missing, incomplete, or does not fit the code that should load it."""

    exit_code = 5
    status = 503
    title = "No usable release"


class FingerprintError(ReleaseError):
    """A release was made with another feature set or other data than it is asked to serve."""


class QualityGateError(ReleaseError):
    """The quality gate refused a release that is worse than the one it would replace."""


class DependencyError(SparrowError):
    """A service that Sparrow relies on (Redis, a scorer) cannot be reached or is broken."""

    exit_code = 6
    status = 503
    title = "Service unavailable"


class NotFoundError(SparrowError):
    """A movie, user, release or chart with this identity does not exist."""

    status = 404
    title = "Not found"


class InvalidRequestError(SparrowError):
    """A parameter is outside what it may be; `field` names it."""

    status = 422
    title = "Invalid request"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class TooLargeError(SparrowError):
    """A request has more in it than one request may."""

    status = 413
    title = "Too large"


class ConflictError(SparrowError):
    """What is there already, or the state that it is in, does not allow what was asked for."""

    status = 409
    title = "Conflict"


class UnauthorizedError(SparrowError):
    """Who asks did not say, or not provably, who they are."""

    status = 401
    title = "Unauthorized"


class ForbiddenError(SparrowError):
    """Who asks may not do this, or nobody may."""

    status = 403
    title = "Forbidden"


class TooManyRequestsError(SparrowError):
    """Who asks has asked too often; `retry_after` is in seconds."""

    status = 429
    title = "Too many requests"

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after

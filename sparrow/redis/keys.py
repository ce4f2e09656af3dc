"""Every Redis key that Sparrow writes: it belongs to a release, or its life is named here."""

from __future__ import annotations

CURRENT = "sparrow:current"
"""Id of the release that serves; switched atomically by publishing and rolling back; for ever."""

ACTIVATION_HISTORY = "sparrow:activation-history"
"""List of release ids in the order they were activated, the newest first; for ever."""

RELEASE_HISTORY = "sparrow:release-history"
"""List of `seconds since 1970|release id`, a line each time another release took over, the newest
first; its length is bounded."""

EVENTS = "sparrow:events"
"""Stream of all feedback, the field `event` holds JSON; trimmed only by whoever archived it."""

DELETED_USERS = "sparrow:deleted-users"
"""Set of the ids of erased users: nothing is written of them any more; for ever."""

LAST_USER_ID = "sparrow:last-user-id"
"""The last id that was given to a new user; for ever."""

EXPERIMENTS = "sparrow:experiments"
"""Hash of experiments by name, as JSON; each until it is deleted."""

EXPERIMENT_OUTCOMES = "sparrow:experiment:"
"""Start of the names of what came of experiments."""

ATTRIBUTION_OFFSETS = "sparrow:attribution-offsets"
"""Hash: how far the streams of impressions and of events were counted for experiments; for ever."""

API_KEYS = "sparrow:keys"
"""Hash of API keys by id, as JSON, with the secret's hash only; each until it is revoked."""

IMPRESSIONS = "sparrow:impressions"
"""Stream of served lists, `user` and JSON in `impression`; its length is bounded."""

REWARDS = "sparrow:rewards:"
"""Start of the names of what movies earned by being shown, a hash a day; they expire."""

USER_EVENTS = "sparrow:u:"
"""Start of the names of what users did themselves, whichever release serves."""

SESSION_LISTS = "sparrow:session-lists:"
"""Start of the names of users' visits; they expire."""

ROW = "row"  # fields of a release's hashes: the feature row, …
HISTORY = "history"  # … a user's ratings as packed records, oldest first, …
VECTOR = "vec:"  # … and an embedding, by its name


def release_prefix(release: str) -> str:
    """Start of every key that lives and dies with a release."""
    return f"sparrow:r:{release}:"


def user(release: str, user_id: int) -> str:
    """Hash of a user: `ROW`, `HISTORY` and a `VECTOR` per embedding; dies with the release."""
    return f"{release_prefix(release)}u:{user_id}"


def movie(release: str, movie_id: int) -> str:
    """Hash of a movie: `ROW` and a `VECTOR` per embedding; dies with the release."""
    return f"{release_prefix(release)}m:{movie_id}"


def manifest(release: str) -> str:
    """The release's manifest as JSON, written last: its presence means that all rows are there."""
    return f"{release_prefix(release)}manifest"


def user_events(user_id: int) -> str:
    """Hash of what a user did: records by kind and movie; until the user is erased."""
    return f"{USER_EVENTS}{user_id}"


def session_lists(user_id: int) -> str:
    """Hash of the lists that a user's visit holds, by the list's id, and the stamp `changed` of the
    user; expires with the visit."""
    return f"{SESSION_LISTS}{user_id}"


def experiment_outcomes(experiment: str) -> str:
    """Hash of an experiment's users: what each did since first seeing it; dies with it."""
    return f"{EXPERIMENT_OUTCOMES}{experiment}"


def interleaving_clicks(experiment: str) -> str:
    """Hash of what each user of an interleaved experiment was shown and clicked; dies with it."""
    return f"{experiment_outcomes(experiment)}:interleaving-clicks"


def pre_period(experiment: str) -> str:
    """Hash of what users did in the weeks before an experiment started; dies with it."""
    return f"{experiment_outcomes(experiment)}:pre-period"


def event_ids(user_id: int, period: int) -> str:
    """Hash of the ids of a user's events in a period, so that repeats are known; expires."""
    return f"{USER_EVENTS}{user_id}:ids:{period}"


def rewards(day: int) -> str:
    """Hash of a day since 1970: how often movies were shown and clicked, by segment; expires."""
    return f"{REWARDS}{day}"

"""How a visitor likes the pages: theme and language, kept in cookies that name no one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from babel import negotiate_locale
from starlette.requests import Request
from starlette.responses import Response

from sparrow.units import DAY

Theme = Literal["dark", "light", "system"]
Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")
THEME, LANGUAGE = "sparrow_theme", "sparrow_language"
_MAX_AGE = 365 * DAY  # seconds


@dataclass(frozen=True)
class Preferences:
    """What was chosen, or follows from the browser."""

    theme: str | None  # dark or light; None: as the system is
    language: str


def preferences(request: Request) -> Preferences:
    """What the cookies say, and where they say nothing, what the browser prefers."""
    theme = request.cookies.get(THEME)
    language = request.cookies.get(LANGUAGE)
    return Preferences(
        theme if theme in ("dark", "light") else None,
        language if language in LANGUAGES else _accepted(request),
    )


def remember(response: Response, theme: Theme | None, language: Language | None) -> None:
    """Keep what was chosen; None leaves a preference as it is."""
    for name, value in ((THEME, theme), (LANGUAGE, language)):
        if value is not None:
            response.set_cookie(name, value, max_age=_MAX_AGE, httponly=True, samesite="lax")


def _accepted(request: Request) -> str:
    """The first of our languages that `Accept-Language` names, by its weights."""
    wanted = []
    for part in request.headers.get("accept-language", "").split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            wanted.append((-float(weight or 1), tag.replace("-", "_")))
        except ValueError:
            continue
    order = [tag.partition("_")[0] for _, tag in sorted(wanted, key=lambda each: each[0])]
    return negotiate_locale(order, LANGUAGES) or "en"

"""The Movie Database's API: the address of a film's poster, then the poster.

Whoever asks has a drawn poster at hand: what does not come in time, or is no image of a sensible
size, is as good as none, and after a few failures TMDB is left alone for a while.
"""

from __future__ import annotations

import asyncio
import logging
import re
from dataclasses import dataclass

import httpx
import orjson
from pybreaker import CircuitBreaker, CircuitBreakerError

from sparrow.settings import Settings
from webui.tmdb.poster_cache import PosterCache

MAX_CONCURRENT = 6  # films that are fetched at the same time
MAX_BYTES = 2_000_000  # bytes of a poster; one of w342 has 20 to 60 thousand
_FAILURES = 5  # in a row, after which TMDB is left alone
_PAUSE = 30.0  # seconds until it is tried again
_ID = re.compile(r"[0-9]{1,10}")
_PATH = re.compile(r"/[\w-]+\.(jpg|jpeg|png|webp)", re.ASCII)
_JSON = ("application/json",)
_IMAGES = ("image/jpeg", "image/png", "image/webp")
_BEGINNINGS = (
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "image/webp"),
)
_NOTHING = b""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Poster:
    """An image, of the type that its bytes say."""

    content: bytes
    media_type: str

    @classmethod
    def of(cls, content: bytes) -> Poster | None:
        """None unless the bytes begin like an image that browsers show."""
        for beginning, media_type in _BEGINNINGS:
            if beginning.match(content):
                return cls(content, media_type)
        return None


class Tmdb:
    """Posters by TMDB's id of a film; use it as a context manager, which closes connections."""

    def __init__(self, settings: Settings, key: str) -> None:
        self._client = httpx.AsyncClient(timeout=settings.tmdb_timeout)
        self._api, self._images = settings.tmdb_api, settings.tmdb_images
        self._key = key
        self._deadline = settings.tmdb_timeout
        self._cache = PosterCache(
            settings.data_dir / "posters", settings.tmdb_cache_megabytes * 10**6
        )
        self._semaphore = asyncio.Semaphore(MAX_CONCURRENT)
        self._breaker = CircuitBreaker(_FAILURES, _PAUSE, throw_new_error_on_trip=False)

    @classmethod
    def of(cls, settings: Settings) -> Tmdb | None:
        """None without a key."""
        key = settings.tmdb_key.get_secret_value() if settings.tmdb_key else ""
        return cls(settings, key) if key else None

    async def __aenter__(self) -> Tmdb:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._client.aclose()

    async def poster(self, tmdb_id: str) -> Poster | None:
        """A film's poster; None where TMDB has none that fits, or does not answer in time."""
        if not _ID.fullmatch(tmdb_id):
            return None
        content = self._cache.find(tmdb_id)
        if content is None:
            content = await self._fetch(tmdb_id)
        return Poster.of(content)

    async def _fetch(self, tmdb_id: str) -> bytes:
        try:
            async with asyncio.timeout(self._deadline), self._semaphore:
                kept = self._cache.find(tmdb_id)  # by now, whoever asked before may have it
                return await self._fetch_and_cache(tmdb_id) if kept is None else kept
        except CircuitBreakerError:  # each of the failures was told of already
            return _NOTHING
        except (TimeoutError, httpx.HTTPError, ValueError) as error:
            why = str(error) or type(error).__name__
            log.warning("TMDB gave no poster", extra={"tmdb_id": tmdb_id, "reason": why})
            return _NOTHING

    async def _fetch_and_cache(self, tmdb_id: str) -> bytes:
        with self._breaker.calling():
            content = await self._download(tmdb_id)
        if Poster.of(content) is None:
            content = _NOTHING
        try:
            await asyncio.to_thread(self._cache.keep, tmdb_id, content)
        except OSError as error:  # such as a full disk
            log.warning("A poster cannot be kept", extra={"reason": str(error)})
        return content

    async def _download(self, tmdb_id: str) -> bytes:
        key = {"Authorization": f"Bearer {self._key}"}
        details = await self._read(f"{self._api}/movie/{tmdb_id}", _JSON, key)
        path = orjson.loads(details or b"{}").get("poster_path")
        if not isinstance(path, str) or not _PATH.fullmatch(path):
            return _NOTHING
        return await self._read(self._images + path, _IMAGES, {})

    async def _read(self, url: str, media_types: tuple[str, ...], headers: dict[str, str]) -> bytes:
        """A body of one of these types and of at most `MAX_BYTES` bytes, else nothing."""
        async with self._client.stream("GET", url, headers=headers) as answer:
            if answer.status_code == httpx.codes.NOT_FOUND:
                return _NOTHING
            answer.raise_for_status()
            if answer.headers.get("content-type", "").partition(";")[0] not in media_types:
                return _NOTHING
            body = bytearray()
            async for part in answer.aiter_bytes():
                body += part
                if len(body) > MAX_BYTES:
                    return _NOTHING
            return bytes(body)

"""Static files, under URLs with the hash of their content: a browser keeps them for ever."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass
from pathlib import Path

import xxhash
from starlette.responses import Response

from sparrow.errors import NotFoundError

FOR_EVER = "public, max-age=31536000, immutable"
STATIC = Path(__file__).parent.parent / "static"
_SERVED = (".css", ".js", ".svg", ".woff2")  # licences and the lock lie beside them


@dataclass(frozen=True)
class Asset:
    """One static file in memory."""

    content: bytes
    media_type: str

    @property
    def digest(self) -> str:
        """Ten hex digits of the content."""
        return xxhash.xxh3_64_hexdigest(self.content)[:10]


class Assets:
    """The files of a folder and what others wrote in its `vendor`, read once."""

    def __init__(self, folder: Path = STATIC) -> None:
        self._assets = {
            file.name: Asset(
                file.read_bytes(), mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            )
            for file in sorted([*folder.iterdir(), *(folder / "vendor").iterdir()])
            if file.is_file() and file.suffix in _SERVED
        }

    def url(self, name: str) -> str:
        """Path of a file; KeyError for one that does not exist."""
        return f"/static/{self._assets[name].digest}/{name}"

    def response(self, digest: str, name: str) -> Response:
        """The file; during a rolling update, under another version's hash, it is not kept."""
        asset = self._assets.get(name)
        if asset is None:
            raise NotFoundError(f"There is no static file {name!r}.")
        keep = FOR_EVER if digest == asset.digest else "no-cache"
        headers = {"Cache-Control": keep, "ETag": f'"{asset.digest}"'}
        return Response(asset.content, media_type=asset.media_type, headers=headers)

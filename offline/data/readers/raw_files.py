"""Where raw files lie: a folder or a zip, read alike."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

import xxhash

from sparrow.errors import DataError

_BLOCK = 1 << 20
_ENCRYPTED = 0x1  # bit of a zip member's flags


class RawSource(Protocol):
    """Files of one data set, named by their path inside it with forward slashes."""

    @property
    def place(self) -> Path:
        """The folder or zip, for messages."""

    def names(self) -> list[str]:
        """Every file, sorted."""

    def open(self, name: str) -> IO[bytes]:
        """One file's bytes from the start."""


@dataclass(frozen=True)
class FolderSource:
    """Files in a folder or one folder below it."""

    place: Path

    def names(self) -> list[str]:
        """Files here and in direct sub-folders."""
        found = (path for pattern in ("*", "*/*") for path in self.place.glob(pattern))
        return sorted(path.relative_to(self.place).as_posix() for path in found if path.is_file())

    def open(self, name: str) -> IO[bytes]:
        """One file's bytes."""
        try:
            return (self.place / name).open("rb")
        except PermissionError as error:
            raise DataError(f"No permission to read {self.place / name}.") from error


@dataclass(frozen=True)
class ZipSource:
    """Files in a zip (a wheel is one too), read without unpacking it to disk."""

    place: Path

    def names(self) -> list[str]:
        """All members but folders and the extras that a Mac adds."""
        with zipfile.ZipFile(self.place) as archive:
            members = archive.namelist()
        return sorted(
            name for name in members if not name.endswith("/") and not name.startswith("__MACOSX")
        )

    def open(self, name: str) -> IO[bytes]:
        """One member's bytes; its checksum is verified by reading to its end."""
        with zipfile.ZipFile(self.place) as archive:  # the member keeps the file open by itself
            if archive.getinfo(name).flag_bits & _ENCRYPTED:
                raise DataError(f"{self.place} has a password: unpack it and give the folder.")
            return archive.open(name)


def open_source(path: Path) -> RawSource:
    """A folder or a zip as a source. Raises `DataError` if it is missing or neither."""
    if path.is_dir():
        return FolderSource(path)
    if not path.exists():
        raise DataError(
            f"There is no folder or zip at {path}: check the path given as --from (FROM=)."
        )
    if not zipfile.is_zipfile(path):
        raise DataError(
            f"{path} is no readable zip (corrupt, cut short?): fetch it again or give a folder."
        )
    return ZipSource(path)


@contextmanager
def source_errors(source: RawSource) -> Iterator[None]:
    """Turn the errors of a damaged or unreadable source into one `DataError`."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise DataError(
            f"{source.place} is corrupt ({error}): delete it and fetch it again."
        ) from error


def content_hash(source: RawSource, names: list[str]) -> str:
    """A fingerprint of the named files' bytes and names, whether they lie in a folder or a zip."""
    digest = xxhash.xxh3_128()
    for name in sorted(names):
        digest.update(name.rpartition("/")[2].encode() + b"\0")
        with source.open(name) as stream:
            while block := stream.read(_BLOCK):
                digest.update(block)
    return digest.hexdigest()

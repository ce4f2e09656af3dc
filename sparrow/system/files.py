"""Files that are either complete or absent, and fingerprints of what is in them."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import xxhash

from sparrow.errors import DataError, StorageError

_ADVICE = {
    errno.ENOSPC: "the disk is full; free some space",
    errno.EDQUOT: "the disk quota is used up; free some space",
    errno.EACCES: "no permission; make the folder writable or set SPARROW_DATA_DIR to another one",
    errno.EPERM: "not permitted; make the folder writable or set SPARROW_DATA_DIR to another one",
    errno.EROFS: "the file system is read-only; set SPARROW_DATA_DIR to another one",
}


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn the system's "disk full" and "may not write" into a `StorageError` naming the file."""
    try:
        yield
    except OSError as error:
        if error.errno not in _ADVICE:
            raise
        where = error.filename or path
        raise StorageError(
            f"Cannot write {where}: {_ADVICE[error.errno]}, then run the same command again."
        ) from error


def atomic_write(path: Path, content: bytes) -> None:
    """Write `content` to `path` so that a reader sees the old file or the new one, never a part.

    Raises `StorageError` when the disk is full or the folder may not be written.
    """
    temporary = _temp_path(path)
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def atomic_folder(target: Path) -> Iterator[Path]:
    """Yield an empty folder to fill; it takes the place of `target` only if the block succeeds.

    On any exception, Ctrl-C included, the folder is removed and `target` stays as it was. What
    killed processes left behind beside `target` is removed on entry. Raises `StorageError` when the
    disk is full or the folder may not be written.
    """
    with storage_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove_stale(target)
        temporary, lock = _create_locked(target)
        try:
            yield temporary
            _swap(temporary, target)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
            os.close(lock)


def content_fingerprint(paths: Iterable[Path]) -> str:
    """Hash what the files hold, in the order given; a folder stands for its files in name order.

    Clocks and names do not count, nor what Spark keeps for itself (`_SUCCESS`, hidden checksums).
    Returns 32 hexadecimal digits; raises `DataError` for a path that does not exist.
    """
    digest = xxhash.xxh3_128()
    for path in paths:
        for file in _files(path):
            digest.update(file.stat().st_size.to_bytes(8, "little"))
            with file.open("rb") as content:
                while block := content.read(1 << 20):
                    digest.update(block)
    return digest.hexdigest()


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise DataError(f"{path} does not exist; run the step that makes it first.")
    inside = (file for file in path.rglob("*") if file.is_file())
    return sorted(file for file in inside if not _is_bookkeeping(file.relative_to(path)))


def _is_bookkeeping(relative: Path) -> bool:
    hidden = any(part.startswith(".") for part in relative.parts)
    return hidden or "__pycache__" in relative.parts or relative.name == "_SUCCESS"


def _temp_path(target: Path) -> Path:
    return target.with_name(f".{target.name}.{uuid.uuid4().hex[:12]}.tmp")


def _create_locked(target: Path) -> tuple[Path, int]:
    """Make a temporary folder and hold its lock, which the kernel lets go when the process dies."""
    while True:
        temporary = _temp_path(target)
        temporary.mkdir()
        lock = os.open(temporary, os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_EX)
        if temporary.exists():
            return temporary, lock
        os.close(lock)  # another process took it for abandoned before it was locked


def _remove_stale(target: Path) -> None:
    """Remove temporary neighbours that no living process holds the lock of."""
    for leftover in target.parent.glob(f".{target.name}.*.tmp"):
        try:
            lock = os.open(leftover, os.O_RDONLY)
        except FileNotFoundError:
            continue  # its owner finished meanwhile
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        else:
            if leftover.is_dir():
                shutil.rmtree(leftover, ignore_errors=True)
        finally:
            os.close(lock)


def _swap(temporary: Path, target: Path) -> None:
    """Move the finished folder into place; the old one goes only once the new one stands there."""
    if not target.exists():
        temporary.rename(target)
        return
    old = _temp_path(target)
    target.rename(old)
    try:
        temporary.rename(target)
    except BaseException:
        old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)

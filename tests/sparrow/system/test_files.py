import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sparrow.errors import DataError, StorageError
from sparrow.system.files import atomic_folder, atomic_write, content_fingerprint, storage_errors


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_folder_appears_only_when_complete(tmp_path):
    target = tmp_path / "deep" / "tables"
    with atomic_folder(target) as folder:
        (folder / "part").write_text("new")
        assert not target.exists()
    assert (target / "part").read_text() == "new"
    assert names(target.parent) == {"tables"}


def test_a_folder_replaces_the_old_one_as_a_whole(tmp_path):
    target = tmp_path / "tables"
    target.mkdir()
    (target / "old").write_text("old")
    with atomic_folder(target) as folder:
        (folder / "part").write_text("new")
    assert names(target) == {"part"}
    assert names(tmp_path) == {"tables"}


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_a_failure_leaves_the_old_folder_and_nothing_else(tmp_path, failure):
    target = tmp_path / "tables"
    target.mkdir()
    (target / "old").write_text("old")

    def fill():
        with atomic_folder(target) as folder:
            (folder / "part").write_text("half")
            raise failure

    with pytest.raises(failure):
        fill()
    assert names(tmp_path) == {"tables"}
    assert (target / "old").read_text() == "old"


def test_what_a_killed_process_left_is_removed_but_not_what_a_living_one_writes(tmp_path):
    target = tmp_path / "tables"
    script = (
        "import pathlib, sys, time\n"
        "from sparrow.system.files import atomic_folder\n"
        "with atomic_folder(pathlib.Path(sys.argv[1])) as folder:\n"
        "    (folder / 'half').write_text('half')\n"
        "    print('ready', flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(target)], stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        with atomic_folder(target):
            assert len(names(tmp_path)) == 2  # the other process's folder was left alone
        writer.send_signal(signal.SIGKILL)
    assert len(names(tmp_path)) == 2
    with atomic_folder(target):
        pass
    assert names(tmp_path) == {"tables"}


def test_a_file_is_replaced_as_a_whole(tmp_path):
    target = tmp_path / "deep" / "manifest.json"
    atomic_write(target, b"one")
    atomic_write(target, b"two")
    assert target.read_bytes() == b"two"
    assert names(target.parent) == {"manifest.json"}


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS])
def test_storage_errors_name_the_path_and_what_to_do(tmp_path, code):
    with (
        pytest.raises(StorageError, match=rf"{tmp_path / 'x'}.*; .*again"),
        storage_errors(tmp_path / "x"),
    ):
        raise OSError(code, os.strerror(code))


def test_other_system_errors_pass_through(tmp_path):
    with pytest.raises(FileNotFoundError), storage_errors(tmp_path):
        raise FileNotFoundError(errno.ENOENT, "no such file")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_a_storage_error(tmp_path):
    with (
        pytest.raises(StorageError, match="disk is full"),
        atomic_folder(tmp_path / "tables"),
        Path("/dev/full").open("wb", buffering=0) as full,
    ):
        full.write(b"x")
    assert names(tmp_path) == set()


def test_a_fingerprint_is_of_content_alone(tmp_path):
    for name, file in (("a", "part-0-x"), ("b", "part-0-y")):
        (tmp_path / name).mkdir()
        (tmp_path / name / file).write_text("rows")
        os.utime(tmp_path / name / file, (1, 1) if name == "a" else (2, 2))
    (tmp_path / "b" / "_SUCCESS").touch()
    (tmp_path / "b" / ".part-0-y.crc").write_text("checksum")
    before = content_fingerprint([tmp_path / "a"])
    assert content_fingerprint([tmp_path / "b"]) == before
    (tmp_path / "b" / "part-0-y").write_text("row")
    assert content_fingerprint([tmp_path / "b"]) != before


def test_a_fingerprint_tells_where_one_file_ends(tmp_path):
    for name, content in {"a": "12", "b": "3", "c": "1", "d": "23"}.items():
        (tmp_path / name).write_text(content)
    one, other = ("a", "b"), ("c", "d")
    assert content_fingerprint(tmp_path / n for n in one) != content_fingerprint(
        tmp_path / n for n in other
    )


def test_a_missing_path_has_no_fingerprint(tmp_path):
    with pytest.raises(DataError, match="does not exist"):
        content_fingerprint([tmp_path / "absent"])

"""A step runs again when code that it imports changed, and only then."""

from __future__ import annotations

from pathlib import Path

import pytest

from offline.runtime import code_fingerprint as module
from offline.runtime.code_fingerprint import ROOT, code_fingerprint, imported_files
from sparrow.errors import DataError

TRAINING = "offline.training.step"


@pytest.fixture
def house(tmp_path: Path, monkeypatch) -> Path:
    """A small package: `a` imports `b` when called, `b` imports a name of `c`; `d` is alone."""
    files = {
        "__init__": "", "a": "def run():\n    from house import b\n", "b": "from house.c import x",
        "c": "x = 1", "d": "import house.a",
    }  # fmt: skip
    folder = tmp_path / "house"
    folder.mkdir()
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    module._imports.cache_clear()
    yield folder
    module._imports.cache_clear()


def test_imports_are_followed_through_functions_and_names(house):
    files = imported_files("house.a")
    assert files == {house / f"{name}.py" for name in ("__init__", "a", "b", "c")}


@pytest.mark.parametrize(("changed", "same"), [("c", False), ("b", False), ("d", True)])
def test_only_what_is_imported_counts(house, changed, same):
    before = code_fingerprint("house.a")
    (house / f"{changed}.py").write_text("x = 2")
    module._imports.cache_clear()
    assert (code_fingerprint("house.a") == before) is same


def test_data_files_beside_the_modules_count(house):
    before = code_fingerprint("house.a")
    (house / "configs.toml").write_text("seed = 1")
    assert code_fingerprint("house.a") != before


def test_an_unknown_module_is_an_error(house):
    with pytest.raises(DataError, match=r"house\.nowhere"):
        code_fingerprint("house.nowhere")


def test_training_does_not_depend_on_the_leaderboard_or_the_commands():
    names = {str(file.relative_to(ROOT)) for file in imported_files(TRAINING)}
    assert "offline/models/ranking/din.py" in names
    assert "sparrow/signals/registry.py" in names
    assert not [name for name in names if name.startswith(("offline/evaluation/", "online/"))]
    assert not {"offline/cli.py", "offline/pipeline.py"} & names

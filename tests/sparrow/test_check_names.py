"""The check of names finds what it looks for, and nothing in prose."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).resolve().parents[2] / "tools" / "check_names.py"


def faults(root: Path, files: dict[str, str]) -> list[str]:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    done = subprocess.run([sys.executable, TOOL, root], capture_output=True, text=True, check=False)
    found = done.stderr.splitlines()
    assert done.returncode == bool(found)
    return found


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            {"online/a.py": "class Page: ...", "webui/b.py": "\nclass Page: ..."},
            ["webui/b.py:2: class Page exists in online/a.py:1 too: rename one"],
        ),
        (
            {"online/a/charts.py": "", "online/b/charts.py": ""},
            ["online/b/charts.py:1: module charts exists as online/a/charts.py too: rename one"],
        ),
        ({"offline/a.py": "film = 1"}, ["offline/a.py:1: film: say movie"]),
    ],
)
def test_each_fault_is_named_with_its_place(tmp_path, files, expected):
    assert faults(tmp_path, files) == expected


def test_roles_houses_and_prose_are_no_faults(tmp_path):
    files = {
        "offline/a/step.py": '"""A film."""  # a film',
        "offline/b/step.py": "title = 'film'",
        "online/charts.py": "class Chart: ...",
        "webui/charts.py": "class ChartView: ...",
    }
    assert faults(tmp_path, files) == []

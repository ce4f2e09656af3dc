"""The examples of docs/extend, applied to a copy of the code and run there."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(page for page in (ROOT / "docs" / "extend").glob("*.md") if page.stem != "README")
BLOCKS = re.compile(r"^```(python|diff)\n# (\S+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
MAX_LINES = 40
COPIED = ("sparrow", "offline", "online", "tests/worlds")
CHECKS = "tests/docs/check_extensions.py"
COPIED_FILES = ("pyproject.toml", "tests/conftest.py", CHECKS)


@pytest.mark.tensorflow
def test_the_examples_work(tmp_path: Path) -> None:
    copied = [file for folder in COPIED for file in (ROOT / folder).rglob("*") if file.is_file()]
    for file in (*copied, *(ROOT / name for name in COPIED_FILES)):
        target = tmp_path / file.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)
    for page in PAGES:
        extend(tmp_path, page.read_text())
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", CHECKS]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert f"{len(PAGES)} passed" in ran.stdout


def extend(code: Path, page: str) -> None:
    """Writes the files of a page and applies its edits."""
    blocks = BLOCKS.findall(page)
    assert blocks
    for language, path, text in blocks:
        if language == "diff":
            apply_diff(code / path, text)
        else:
            assert not (code / path).exists()
            assert text.count("\n") <= MAX_LINES
            (code / path).write_text(text)


def apply_diff(file: Path, diff: str) -> None:
    """Applies hunks without line numbers; what each replaces must be in the file exactly once."""
    for hunk in re.split(r"^@@\n", diff, flags=re.MULTILINE):
        lines = hunk.splitlines(keepends=True)
        old = "".join(line[1:] for line in lines if line[0] in " -")
        new = "".join(line[1:] for line in lines if line[0] in " +")
        text = file.read_text()
        assert text.count(old) == 1, f"{file.name}: {old}"
        file.write_text(text.replace(old, new))

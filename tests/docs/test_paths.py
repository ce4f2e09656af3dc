"""Every path and module that the documents name exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "CHANGELOG.md", "data/README.md")),
    *sorted(page for page in (ROOT / "docs").rglob("*.md") if page.name != "leaderboard.md"),
]
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
FOLDERS = "sparrow|offline|online|webui|tests|benchmarks|tools|docs"
PATH = re.compile(rf"`(?:[^`\n]* )?((?:{FOLDERS})/[\w./-]*)[^`\n]*`")
MODULE = re.compile(r"`((?:sparrow|offline|online|webui)(?:\.[a-z_]+)+)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_named_paths_exist(page: Path) -> None:
    text = FENCED.sub("", page.read_text())
    modules = {name.replace(".", "/") for name in MODULE.findall(text)}
    assert [path for path in PATH.findall(text) if not (ROOT / path).exists()] == []
    assert [m for m in modules if not ((ROOT / m).is_dir() or (ROOT / f"{m}.py").exists())] == []

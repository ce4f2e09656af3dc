"""What the README says is there is there, and what is there is in the README."""

from __future__ import annotations

import re
import subprocess
from importlib.metadata import entry_points
from pathlib import Path

import pytest
import typer

from sparrow.cli import build_app
from sparrow.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
PAGES = [ROOT / "README.md", ROOT / "data" / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def settings_table() -> str:
    """The table of settings as it has to stand in the README."""
    lines = ["| variable | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else f"`{field.default}`"
        lines.append(f"| `SPARROW_{name.upper()}` | {default} | {field.description} |")
    return "\n".join(lines)


def test_the_table_of_settings_is_the_settings() -> None:
    assert settings_table() in README


def test_the_table_of_targets_is_the_makefiles() -> None:
    printed = subprocess.run(
        ["make", "--silent", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    targets = set(re.findall(r"^  ([a-z-]+)  ", printed, flags=re.MULTILINE))
    told = set(re.findall(r"^\| `make ([a-z-]+)`", README, flags=re.MULTILINE))
    assert told <= targets
    assert targets - told <= {"help", "setup-dev"}


def test_every_command_in_the_documents_exists() -> None:
    root = typer.main.get_command(build_app(entry_points(group="sparrow.commands")))
    told = {
        command
        for page in PAGES
        for command in re.findall(r"`(?:\.venv/bin/)?sparrow ([a-z-]+)", page.read_text())
    }
    assert told <= set(root.commands)
    assert {"pipeline", "serve", "recommend", "score", "releases", "rollback"} <= told


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target

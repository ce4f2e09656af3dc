"""Check names: one class name, one module name per house, no identifier that has a better term.

    python tools/check_names.py [FOLDER]

Prints each fault as `file:line: what to do` and exits with 1 if there is any. Only identifiers of
Python files count, never prose.
"""

from __future__ import annotations

import ast
import io
import sys
import tokenize
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

HOUSES = ("sparrow", "offline", "online", "webui")
ROLES = frozenset({"__init__", "__main__", "cli", "step", "registry", "config", "types", "report"})
"""Module names that every room may have."""

TERMS = {
    **dict.fromkeys(("foretell", "foretold", "foresee", "foresees"), "predict, predicted"),
    **dict.fromkeys(("viewer", "viewers", "Viewer", "Viewers", "viewer_id"), "user"),
    **dict.fromkeys(("film", "films", "Film", "Films", "film_id"), "movie"),
    **dict.fromkeys(("told", "Told", "said", "Said"), "report, reply or request"),
    **dict.fromkeys(("goes_on", "went_on"), "a verb that says what continues"),
    **dict.fromkeys(("wish", "Wish", "Wanted"), "query or request"),
    **dict.fromkeys(("Sight", "sight"), "visibility"),
    **dict.fromkeys(("standing", "Standing"), "feedback_state"),
    **dict.fromkeys(("Office", "HeadOffice", "Desk"), "service or admin"),
    **dict.fromkeys(("list_channels",), "source"),
    **dict.fromkeys(("rows_of", "places_of"), "index_of"),
    **dict.fromkeys(("COLD", "mapped"), "cold_start, mapped_embedding"),
    **dict.fromkeys(("Shelf", "Dice", "Lab", "ArmLine"), "the noun of the concept"),
}
"""Identifiers that are not used any more, with the term for each."""


def main(root: Path) -> int:
    """Print all faults of the houses in `root`; 1 if there is any."""
    files = [file for house in HOUSES for file in sorted((root / house).rglob("*.py"))]
    faults = [*same_classes(root, files), *same_modules(root, files), *terms(root, files)]
    if faults:
        sys.stderr.write("\n".join(faults) + "\n")
    return int(bool(faults))


def same_classes(root: Path, files: Iterable[Path]) -> Iterator[str]:
    """Classes of one name."""
    found: dict[str, list[str]] = defaultdict(list)
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ClassDef):
                found[node.name].append(f"{file.relative_to(root)}:{node.lineno}")
    for name, places in sorted(found.items()):
        for place in places[1:]:
            yield f"{place}: class {name} exists in {places[0]} too: rename one"


def same_modules(root: Path, files: Iterable[Path]) -> Iterator[str]:
    """Modules of one name in a house, but for ROLES."""
    found: dict[tuple[str, str], Path] = {}
    for file in files:
        path = file.relative_to(root)
        first = found.setdefault((path.parts[0], path.stem), path)
        if first != path and path.stem not in ROLES:
            yield f"{path}:1: module {path.stem} exists as {first} too: rename one"


def terms(root: Path, files: Iterable[Path]) -> Iterator[str]:
    """Identifiers in TERMS."""
    for file in files:
        for token in tokenize.generate_tokens(io.StringIO(file.read_text()).readline):
            if token.type == tokenize.NAME and token.string in TERMS:
                place = f"{file.relative_to(root)}:{token.start[0]}"
                yield f"{place}: {token.string}: say {TERMS[token.string]}"


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1] if len(sys.argv) > 1 else ".")))

"""Fingerprints of code: of modules together with all modules of Sparrow that they import."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import sparrow
from sparrow.errors import DataError
from sparrow.system.files import content_fingerprint

ROOT = Path(sparrow.__path__[0]).parent


def code_fingerprint(*modules: str) -> str:
    """Fingerprint of these modules, of what they import, and of the data files beside those.

    Imports inside of functions count. Modules are read as files and need not be importable here.
    Raises DataError for a module that does not exist.
    """
    files = imported_files(*modules)
    data = {
        file
        for folder in {file.parent for file in files}
        for file in folder.iterdir()
        if file.is_file() and file.suffix != ".py"
    }
    return content_fingerprint(sorted(files | data))


def imported_files(*modules: str) -> set[Path]:
    """The files of these modules and of all of Sparrow's that they import, directly or not."""
    found: set[Path] = set()
    waiting = [_existing(module) for module in modules]
    while waiting:
        file = waiting.pop()
        if file not in found:
            found.add(file)
            waiting.extend(_imports(file))
    return found


@cache
def _imports(file: Path) -> tuple[Path, ...]:
    """Files of the modules that a file imports, and of the packages that these are in."""
    names = {name for node in ast.walk(ast.parse(file.read_text())) for name in _names(node)}
    packages = {
        name.rsplit(".", depth)[0] for name in names for depth in range(name.count(".") + 1)
    }
    return tuple(sorted(path for name in names | packages if (path := _file(name)) is not None))


def _names(node: ast.AST) -> Iterator[str]:
    """Names that may be those of modules; an imported name may be a module or something in it."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
        yield node.module
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _existing(module: str) -> Path:
    if (file := _file(module)) is None:
        raise DataError(f"Expected a module of Sparrow in {ROOT}, got {module}: there is none.")
    return file


def _file(module: str) -> Path | None:
    """The file of a module of Sparrow; None for any other name."""
    path = ROOT.joinpath(*module.split("."))
    if (package := path / "__init__.py").exists():
        return package
    return file if (file := path.with_suffix(".py")).exists() else None

"""The command line: commands come from every package, errors are caught here and nowhere else."""

from __future__ import annotations

import os
from collections.abc import Iterable
from importlib.metadata import EntryPoint, entry_points
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.console import Console
from typer.core import TyperGroup

from sparrow import __version__
from sparrow.errors import ConfigurationError, SparrowError

_INTERRUPTED = 130  # what a shell reports for a program ended by Ctrl-C


class ErrorHandlingGroup(TyperGroup):
    """Runs a command and turns what it raises into one line on standard error and an exit code.

    With `SPARROW_DEBUG=1` the traceback is shown as well. What is not a `SparrowError` is a defect
    of Sparrow and keeps its traceback.
    """

    def invoke(self, ctx: Any) -> Any:
        """Run the command that `ctx` holds."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            _print_line("Stopped.")
            raise typer.Exit(_INTERRUPTED) from None
        except SparrowError as error:
            _fail(error)
        except ValidationError as error:
            if error.title != "Settings":
                raise
            _fail(ConfigurationError(_explain(error)))


def build_app(packages: Iterable[EntryPoint]) -> typer.Typer:
    """The command `sparrow` with the commands of each package's Typer app side by side."""
    app = typer.Typer(
        cls=ErrorHandlingGroup,
        help="Sparrow: from movie ratings to recommendations in the browser.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_options)
    for package in sorted(packages, key=lambda entry: entry.name):
        app.add_typer(package.load())
    return app


def main() -> None:
    """Entry point of the command `sparrow`."""
    build_app(entry_points(group="sparrow.commands"))()


def _show_version(requested: bool) -> None:
    if requested:
        typer.echo(f"sparrow {__version__}")
        raise typer.Exit


def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Options of `sparrow` itself."""


def _fail(error: SparrowError) -> None:
    if os.environ.get("SPARROW_DEBUG") == "1":
        Console(stderr=True).print_exception()
    _print_line(f"Error: {error}")
    raise typer.Exit(error.exit_code) from None


def _print_line(line: str) -> None:
    one_line = " ".join(line.split())
    Console(stderr=True).print(one_line, markup=False, highlight=False, soft_wrap=True)


def _explain(error: ValidationError) -> str:
    """Name each variable that cannot be used, what came, and what was expected."""
    faults = (
        f"SPARROW_{'_'.join(map(str, fault['loc'])).upper()}={fault['input']!r}: {fault['msg']}"
        for fault in error.errors(include_url=False)
    )
    return f"{'; '.join(faults)}. Correct the environment or the file .env."

import json
import os
import signal
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from sparrow import errors
from sparrow.cli import build_app
from sparrow.settings import Settings

app = typer.Typer()
data = typer.Typer()
app.add_typer(data, name="data")


@app.command()
def fail(name: str) -> None:
    raise getattr(errors, name)("expected [bold]this[/bold],\ncame that; do this.")


@app.command()
def settings() -> None:
    typer.echo(Settings().port)


@app.command()
def stop() -> None:
    raise KeyboardInterrupt


@app.command()
def defect() -> None:
    raise ZeroDivisionError


@app.command()
def lines() -> None:
    for number in range(100_000):
        typer.echo(number)


@data.command("import")
def import_() -> None:
    typer.echo("imported")


other = typer.Typer()


@other.command()
def serve() -> None:
    typer.echo("serving")


def houses() -> list[EntryPoint]:
    return [EntryPoint(name, f"test_cli_houses:{name}", "g") for name in ("app", "other")]


@pytest.fixture
def run(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "test_cli_houses", sys.modules[__name__])
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SPARROW_DEBUG", raising=False)
    sparrow = build_app(houses())
    return lambda *arguments, **variables: CliRunner().invoke(
        sparrow, list(arguments), env=variables
    )


def process(code: str, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, **options
    )


def test_commands_of_all_houses_stand_side_by_side(run):
    assert run("data", "import").stdout == "imported\n"
    assert run("serve").stdout == "serving\n"
    assert {"data", "serve", "fail"} <= set(run("--help").stdout.split())


def test_the_version(run):
    assert run("--version").stdout == "sparrow 0.1.0\n"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("SparrowError", 1),
        ("ConfigurationError", 2),
        ("DataError", 3),
        ("ChecksumError", 3),
        ("StorageError", 4),
        ("ReleaseError", 5),
        ("DependencyError", 6),
    ],
)
def test_an_error_is_one_line_and_an_exit_code(run, name, code):
    result = run("fail", name)
    assert result.exit_code == code
    assert result.stderr == "Error: expected [bold]this[/bold], came that; do this.\n"
    assert result.stdout == ""


def test_the_traceback_is_there_for_who_asks(run):
    result = run("fail", "DataError", SPARROW_DEBUG="1")
    assert "Traceback" in result.stderr
    assert result.stderr.endswith("Error: expected [bold]this[/bold], came that; do this.\n")


def test_a_wrong_setting_is_named(run):
    result = run("settings", SPARROW_PORT="eighty")
    assert result.exit_code == errors.ConfigurationError.exit_code
    assert result.stderr.startswith("Error: SPARROW_PORT='eighty': Input should be a valid integer")
    assert result.stderr.count("\n") == 1


def test_a_right_setting_is_used(run):
    assert run("settings", SPARROW_PORT="80").stdout == "80\n"


def test_an_interrupt_says_that_it_stopped(run):
    result = run("stop")
    assert (result.exit_code, result.stderr) == (128 + signal.SIGINT, "Stopped.\n")


def test_a_defect_keeps_its_traceback(run):
    assert isinstance(run("defect").exception, ZeroDivisionError)


def test_an_unknown_command_is_refused(run):
    result = run("serv")
    assert result.exit_code == 2
    assert "serve" in result.stderr


def test_a_closed_pipe_is_quiet():
    code = f"import runpy; module = runpy.run_path({__file__!r}); module['app'](['lines'])"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        assert writer.stderr is not None
        writer.stdout.readline()
        writer.stdout.close()
        assert writer.stderr.read() == b""


def test_help_loads_neither_spark_nor_tensorflow():
    code = (
        "import json, sys\n"
        "from sparrow.cli import main\n"
        "sys.argv = ['sparrow', '--help']\n"
        "try:\n"
        "    main()\n"
        "except SystemExit as stop:\n"
        "    print(json.dumps([stop.code, sorted(sys.modules)]))\n"
    )
    result = process(code)
    assert result.returncode == 0, result.stderr
    code, modules = json.loads(result.stdout.splitlines()[-1])
    assert code == 0
    assert not {"pyspark", "tensorflow", "keras", "pandas", "fastapi", "scipy"} & set(modules)


def test_the_command_is_installed():
    sparrow = Path(sys.executable).with_name("sparrow")
    result = subprocess.run(
        [sparrow, "--version"], capture_output=True, text=True, check=False, env=dict(os.environ)
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("sparrow ")

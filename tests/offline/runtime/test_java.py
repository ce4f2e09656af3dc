import os
import subprocess
from pathlib import Path

import pytest

from offline.runtime.java import java_home
from sparrow.settings import Settings


@pytest.fixture
def settings(tmp_path):
    return Settings(data_dir=tmp_path / "data with space")


def fake_java(home: Path, version: str, works: bool = True, names: Path | None = None) -> Path:
    """A `java` that answers like one of `version`, or dies in its boot layer.

    It `names` another home than the one it lies in, as a shim or a launcher does.
    """
    java = home / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(
        "#!/bin/sh\n"
        f"echo '    java.home = {names or home}' >&2\n"
        f"echo '    java.specification.version = {version}' >&2\n"
        f"exit {0 if works else 1}\n"
    )
    java.chmod(0o755)
    return home


def only_path(monkeypatch, folder: Path) -> None:
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin-without-java")


def test_java_home_is_taken_first(monkeypatch, settings, tmp_path):
    named = fake_java(tmp_path / "named", "17")
    other = fake_java(tmp_path / "other", "21")
    monkeypatch.setenv("JAVA_HOME", str(named))
    only_path(monkeypatch, other / "bin")
    assert java_home(settings) == named


def test_an_unsupported_version_is_passed_over(monkeypatch, settings, tmp_path):
    old = fake_java(tmp_path / "old", "1.8")
    usable = fake_java(tmp_path / "usable", "21")
    monkeypatch.setenv("JAVA_HOME", str(old))
    only_path(monkeypatch, usable / "bin")
    assert java_home(settings) == usable


def test_a_java_that_cannot_run_spark_is_passed_over(monkeypatch, settings, tmp_path):
    broken = fake_java(tmp_path / "broken", "21", works=False)
    monkeypatch.setenv("JAVA_HOME", str(broken))
    only_path(monkeypatch, tmp_path)
    assert settings.data_dir in java_home(settings).parents


def test_a_shim_on_path_leads_to_the_home_that_it_names(monkeypatch, settings, tmp_path):
    monkeypatch.delenv("JAVA_HOME", raising=False)
    real = fake_java(tmp_path / "real", "21")
    shim = fake_java(tmp_path / "shims", "21", names=real)
    only_path(monkeypatch, shim / "bin")
    assert java_home(settings) == real


@pytest.mark.parametrize("given_by", ["JAVA_HOME", "PATH"])
def test_a_launcher_is_used_itself_if_the_runtime_behind_it_does_not_boot(
    monkeypatch, settings, tmp_path, given_by
):
    runtime = fake_java(tmp_path / "runtime", "21", works=False)
    launcher = fake_java(tmp_path / "launcher", "21", names=runtime)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    only_path(monkeypatch, tmp_path)
    if given_by == "JAVA_HOME":
        monkeypatch.setenv("JAVA_HOME", str(launcher))
    else:
        only_path(monkeypatch, launcher / "bin")
    assert java_home(settings) == launcher


@pytest.mark.parametrize("handed_down_by", ["JAVA_HOME", "PATH"])
def test_the_wheels_home_is_usable_when_handed_down(
    monkeypatch, settings, tmp_path, capfd, handed_down_by
):
    """As by a process with a Spark session to its child, whose data folder may be another."""
    monkeypatch.delenv("JAVA_HOME", raising=False)
    only_path(monkeypatch, tmp_path)
    home = java_home(settings)
    monkeypatch.undo()
    if handed_down_by == "JAVA_HOME":
        monkeypatch.setenv("JAVA_HOME", str(home))
    else:
        monkeypatch.delenv("JAVA_HOME", raising=False)
        monkeypatch.setenv("PATH", f"{home / 'bin'}:{os.environ['PATH']}")
    child = settings.model_copy(update={"data_dir": tmp_path / "of the child"})
    assert java_home(child) == home
    assert capfd.readouterr() == ("", "")


def test_the_wheels_java_starts_with_the_argument_it_does_not_know(monkeypatch, settings, tmp_path):
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    home = java_home(settings)
    monkeypatch.undo()
    command = [home / "bin" / "java", "--add-modules=jdk.incubator.vector", "-Da=b c", "-version"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    assert '"21' in answer.stderr
    assert (home / "lib" / "modules").is_file()
    assert java_home(settings).exists()

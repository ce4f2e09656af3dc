import pytest
from typer.testing import CliRunner

from offline.data.cli import app
from sparrow.errors import DataError


@pytest.fixture
def run(lab, monkeypatch):
    monkeypatch.setenv("SPARROW_DATA_DIR", str(lab.settings.data_dir))
    monkeypatch.setenv("SPARROW_DATASET", "small")
    return lambda *arguments: CliRunner().invoke(app, [str(word) for word in arguments])


def test_import_check_and_synth(lab, run):
    imported = run("import", "mine", "--from", lab.write("csv"))
    assert imported.exit_code == 0
    assert "200" in imported.output
    checked = run("check", "mine")
    assert checked.exit_code == 0
    assert "as imported" in checked.output
    made = run("synth", "--base", "mine", "--ratings", 1_000, "--seed", 3)
    assert made.exit_code == 0
    assert "1,000" in made.output
    assert run("check", "synthetic").exit_code == 0


def test_without_a_name_the_settings_decide(lab, run):
    assert run("import", "--from", lab.write("dat")).exit_code == 0
    assert lab.tables.dataset_file.exists()


def test_strict_and_broken_tables_fail(lab, run):
    source = lab.write("csv", lab.world.with_ratings((1, 999, 4.0, 1_000_000_000)))
    refused = run("import", "mine", "--from", source, "--strict")
    assert isinstance(refused.exception, DataError)
    assert isinstance(run("check", "mine").exception, DataError)
    lenient = run("import", "mine", "--from", source)
    assert "movie does not exist" in lenient.output

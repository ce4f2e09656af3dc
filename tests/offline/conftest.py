"""A small imported data set, and one Spark session for all tests of the offline house."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from checkerboard_dataset import checkerboard, write_dataset
from pyspark import SparkContext
from rich.console import Console
from sample_world import checkerboard_taste, write_samples

from offline.runtime.step import RunContext, run_context
from sparrow.dataset.tables import DatasetTables
from sparrow.settings import Settings


@pytest.fixture(scope="session")
def checkerboard_samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Training samples of a world in which even users like even movies and odd users odd ones."""
    return write_samples(tmp_path_factory.mktemp("samples") / "checkerboard", checkerboard_taste)


@pytest.fixture(scope="session")
def offline_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a data folder with the checkerboard imported as `world`."""
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("offline"),
        dataset="world",
        spark_master="local[2]",
        spark_memory="2g",  # one JVM works for all of these tests, and garbage of many adds up
    )
    write_dataset(DatasetTables(settings.tables), checkerboard())
    return settings


@pytest.fixture(scope="session")
def space(offline_settings: Settings) -> Iterator[RunContext]:
    """A workspace over the checkerboard, with a real Spark session."""
    with run_context(offline_settings, Console(quiet=True)) as opened:
        yield opened
        gateway = SparkContext._gateway
        if gateway is not None and gateway.proc.poll() is not None:
            log = (offline_settings.data_dir / "spark" / "spark.log").read_text(errors="replace")
            pytest.fail(f"Spark's JVM ended with {gateway.proc.returncode}: {log[-2_000:]}")


@pytest.fixture
def other_space(space: RunContext, tmp_path: Path) -> RunContext:
    """A workspace over an empty data folder that shares the Spark session."""
    settings = space.settings.model_copy(update={"data_dir": tmp_path})
    return RunContext(settings, space.console, _spark=space.spark)

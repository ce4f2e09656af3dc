"""Commands as they are typed: each in a process of its own, on what the one before left."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from checkerboard_dataset import checkerboard, write_dataset

from offline.samples.splits import SPLITS
from sparrow.dataset.tables import DatasetTables
from sparrow.settings import Settings

pytestmark = pytest.mark.spark


def sparrow(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "SPARROW_DATA_DIR": str(folder),
        "SPARROW_DATASET": "world",
        "SPARROW_SPARK_MASTER": "local[2]",
        "SPARROW_SPARK_MEMORY": "512m",
    }
    command = [sys.executable, "-m", "sparrow", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)


def test_steps_one_by_one(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, dataset="world")
    missing = sparrow(tmp_path, "features")
    assert (missing.returncode, missing.stdout) == (3, "")
    assert "sparrow data import world" in missing.stderr
    write_dataset(DatasetTables(settings.tables), checkerboard())
    early = sparrow(tmp_path, "samples")
    assert early.returncode == 3
    assert "sparrow pipeline" in early.stderr
    for command in (["features"], ["samples", "--split", "random"], ["features"]):
        done = sparrow(tmp_path, *command)
        assert (done.returncode, done.stderr) == (0, "")
    assert "skipped" in done.stdout
    for part in SPLITS:
        assert list((settings.work_dir / "samples-random" / part).glob("*.parquet"))

"""The demo's release, made by the pipeline as anybody makes it, and its site."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from online.flow.stages import Flow
from online.serving.loaded_release import LoadedRelease
from sparrow.redis.connection import redis_for
from sparrow.settings import Settings
from webui.app import create_app

MODELS = "gated,embedding_mlp"
MINUTES = 30  # that a loaded machine may need
# what tests ask of the JVM and of the processor is not for the pipeline: it would take longer
OF_TESTS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "SPARK_SUBMIT_OPTS", "SPARK_LAUNCHER_OPTS")


@pytest.fixture(scope="session")
def demo_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which `sparrow pipeline` has run, with the settings of the demo."""
    folder = tmp_path_factory.mktemp("product")
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("SPARROW_") and name not in OF_TESTS
    }
    data = folder / "data"
    done = subprocess.run(
        [sys.executable, "-c", "from sparrow.cli import main; main()", "pipeline"],
        env={**inherited, "SPARROW_DATA_DIR": str(data), "SPARROW_RANKING_MODELS": MODELS},
        cwd=folder,  # without the `.env` of a developer
        capture_output=True,
        text=True,
        timeout=MINUTES * 60,
        check=False,
    )
    print(done.stdout)  # noqa: T201 - the time of each step, where a test fails
    assert done.returncode == 0, f"{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return data


@pytest.fixture(scope="session")
def site(demo_data: Path) -> Iterator[TestClient]:
    """The demo's site over that release, in this process.

    It drops no source of a list when the machine is busy: then a list would differ by chance.
    """
    made = LoadedRelease.flow

    def flow(*arguments: Any) -> Flow:
        return replace(made(*arguments), recall_milliseconds=np.inf)

    settings = Settings(data_dir=demo_data, demo=True, scorer="savedmodel", _env_file=None)
    with pytest.MonkeyPatch.context() as patch, redis_for(settings):
        patch.setattr(LoadedRelease, "flow", flow)
        with TestClient(create_app(settings)) as client:
            yield client

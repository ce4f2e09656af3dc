"""Offline steps: each makes one folder from others, skipped while its inputs stay the same."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xxhash
from rich.console import Console

from offline.runtime.code_fingerprint import code_fingerprint
from offline.runtime.progress import progress_spinner
from sparrow.dataset.tables import DatasetTables
from sparrow.errors import DataError
from sparrow.settings import Settings
from sparrow.system.files import atomic_folder

if TYPE_CHECKING:
    from pyspark import SparkStageInfo
    from pyspark.sql import SparkSession

METADATA_FILE = "step.json"


@dataclass
class RunContext:
    """One run of the command line: settings, console, and a Spark session once a step wants one."""

    settings: Settings
    console: Console
    _stack: ExitStack = field(default_factory=ExitStack)
    _spark: SparkSession | None = None

    @property
    def spark(self) -> SparkSession:
        """The session that the steps of this run share; started at first use."""
        if self._spark is None:
            from offline.runtime.spark import spark_session

            with self.console.status("Starting Spark"):
                self._spark = self._stack.enter_context(spark_session(self.settings, "sparrow"))
        return self._spark

    def spark_progress(self) -> str:
        """Progress of Spark's current jobs as text; empty without a session."""
        if self._spark is None:
            return ""
        tracker = self._spark.sparkContext.statusTracker()
        stages = [tracker.getStageInfo(stage) for stage in tracker.getActiveStageIds()]
        running = [stage for stage in stages if stage is not None]
        if not running:
            return ""
        done, tasks = (sum(counts) for counts in zip(*map(_tasks, running), strict=True))
        return f"Spark: {running[0].name.split(' at ')[0]}, {done} of {tasks} tasks"

    @property
    def tables(self) -> DatasetTables:
        """The canonical tables of the data set in use."""
        return DatasetTables(self.settings.tables)

    def dataset(self) -> dict[str, Any]:
        """The description of the data set in use.

        Raises DataError when it was not imported.
        """
        if not self.tables.dataset_file.exists():
            name = self.settings.dataset
            raise DataError(
                f"Expected the data set {name} in {self.tables.root}, but it was not imported: run "
                f"`sparrow data import {name}`."
            )
        description: dict[str, Any] = json.loads(self.tables.dataset_file.read_text())
        return description

    def output_of(self, step: str) -> Path:
        """Folder of a finished step.

        Raises DataError when it has not run.
        """
        folder = self.settings.work_dir / step
        if not (folder / METADATA_FILE).exists():
            raise DataError(
                f"Expected the result of `{step}` in {folder}, but that step has not run for "
                f"{self.settings.dataset}: run `sparrow pipeline`."
            )
        return folder


def _tasks(stage: SparkStageInfo) -> tuple[int, int]:
    return stage.numCompletedTasks, stage.numTasks


@contextmanager
def run_context(settings: Settings, console: Console) -> Iterator[RunContext]:
    """A run context whose Spark session is stopped when the block ends."""
    with ExitStack() as stack:
        yield RunContext(settings, console, stack)


@dataclass(frozen=True)
class Step:
    """A named piece of offline work.

    `run(run_context, folder)` fills an empty folder that becomes `<work>/<name>` if it succeeds.
    """

    name: str
    description: str
    run: Callable[[RunContext, Path], None]
    depends_on: tuple[str, ...] = ()  # steps whose results it reads
    parameters: Mapping[str, object] = field(default_factory=dict)  # what else decides the result


def fingerprint(step: Step, context: RunContext) -> str:
    """Fingerprint of the data set, earlier steps, parameters and the code that the step imports."""
    facts = {
        "dataset": context.dataset()["fingerprint"],
        "needs": [metadata(context.output_of(need))["fingerprint"] for need in step.depends_on],
        "parameters": dict(step.parameters),
        "code": _code(step),
    }
    return xxhash.xxh3_128_hexdigest(json.dumps(facts, sort_keys=True, default=str).encode())


def _code(step: Step) -> str:
    module = step.run.__module__
    # a step from elsewhere, such as a test's, is not fingerprinted
    return code_fingerprint(module) if module.startswith("offline.") else ""


def metadata(folder: Path) -> dict[str, Any]:
    """Metadata of a finished step: `fingerprint` and `seconds`."""
    written: dict[str, Any] = json.loads((folder / METADATA_FILE).read_text())
    return written


def execute(step: Step, context: RunContext) -> Path:
    """Runs a step unless its result for the same inputs exists; prints the outcome and duration.

    Returns the step's folder. On an error the earlier result is kept.
    """
    target = context.settings.work_dir / step.name
    expected = fingerprint(step, context)
    if (target / METADATA_FILE).exists() and metadata(target)["fingerprint"] == expected:
        context.console.print(f"[green]✓[/] {step.name}: inputs unchanged, skipped")
        return target
    started = time.monotonic()
    with atomic_folder(target) as folder:
        with progress_spinner(
            context.console, f"{step.name}: {step.description}", context.spark_progress
        ):
            step.run(context, folder)
        seconds = round(time.monotonic() - started, 1)
        (folder / METADATA_FILE).write_text(
            json.dumps({"fingerprint": expected, "seconds": seconds})
        )
    context.console.print(f"[green]✓[/] {step.name}: {step.description} [dim]({seconds} s)[/]")
    return target

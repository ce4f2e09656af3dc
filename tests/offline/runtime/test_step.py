"""Steps run once for the same inputs, and a step cut short leaves what was there before."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from checkerboard_dataset import checkerboard, write_dataset
from rich.console import Console

from offline.runtime.step import RunContext, Step, execute
from sparrow.errors import DataError
from sparrow.settings import Settings


class Count:
    """A piece of work that writes how often it ran."""

    def __init__(self) -> None:
        self.runs = 0

    def __call__(self, space: RunContext, folder: Path) -> None:
        self.runs += 1
        (folder / "runs").write_text(str(self.runs))


@pytest.fixture
def bare(tmp_path: Path) -> RunContext:
    """A workspace with a data set, for steps that need no Spark."""
    opened = RunContext(Settings(data_dir=tmp_path, dataset="world"), Console(quiet=True))
    write_dataset(opened.tables, checkerboard())
    return opened


def touch_dataset(space: RunContext) -> None:
    description = space.dataset() | {"fingerprint": "another"}
    space.tables.dataset_file.write_text(json.dumps(description))


def test_a_step_is_skipped_while_nothing_it_depends_on_changed(bare: RunContext) -> None:
    first, second = Count(), Count()
    one, two = Step("one", "", first), Step("two", "", second, depends_on=("one",))
    for _ in range(2):
        execute(one, bare)
        execute(two, bare)
    assert (first.runs, second.runs) == (1, 1)
    execute(Step("two", "", second, depends_on=("one",), parameters={"seed": 7}), bare)
    assert (first.runs, second.runs) == (1, 2)
    touch_dataset(bare)
    execute(one, bare)
    execute(two, bare)
    assert (first.runs, second.runs) == (2, 3)


def test_a_new_result_upstream_runs_what_stands_on_it(bare: RunContext) -> None:
    below, above = Count(), Count()
    execute(Step("below", "", below), bare)
    top = Step("above", "", above, depends_on=("below",))
    execute(top, bare)
    execute(Step("below", "", below, parameters={"new": 1}), bare)
    execute(top, bare)
    assert above.runs == 2


@pytest.mark.parametrize("stop", [KeyboardInterrupt, RuntimeError])
def test_a_step_cut_short_leaves_the_earlier_result(
    bare: RunContext, stop: type[BaseException]
) -> None:
    work = Count()
    folder = execute(Step("step", "", work), bare)

    def broken(space: RunContext, target: Path) -> None:
        (target / "half").write_text("written")
        raise stop

    with pytest.raises(stop):
        execute(Step("step", "", broken, parameters={"changed": 1}), bare)
    assert (folder / "runs").read_text() == "1"
    assert sorted(p.name for p in folder.parent.iterdir()) == ["step"]
    execute(Step("step", "", work, parameters={"changed": 1}), bare)
    assert (folder / "runs").read_text() == "2"


def test_what_is_missing_is_said_with_the_command_that_makes_it(tmp_path: Path) -> None:
    empty = RunContext(Settings(data_dir=tmp_path, dataset="ml-1m"), Console(quiet=True))
    with pytest.raises(DataError, match="sparrow data import ml-1m"):
        empty.dataset()
    with pytest.raises(DataError, match="sparrow pipeline"):
        empty.output_of("features")

"""How time and memory of the offline pipeline grow with the number of ratings.

    python benchmarks/pipeline_scaling.py 100000 500000 2000000

For each size a synthetic data set is grown from ml-100k (seed 42) in a scratch folder, and all of
the pipeline runs on it in a process of its own. Prints a Markdown table: seconds by step, seconds
per 100,000 ratings, and the peak resident memory of the driver's Python, of the driver's JVM (in
local mode it holds the executors too) and of the whole process tree.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil

SPARROW = [sys.executable, "-m", "sparrow"]
GIB = 1 << 30


@dataclass
class Peak:
    """The largest resident memory seen, in bytes."""

    python: int = 0
    jvm: int = 0
    tree: int = 0

    def look(self, root: psutil.Process) -> None:
        sizes: dict[int, tuple[str, int]] = {}
        for process in [root, *root.children(recursive=True)]:
            try:
                sizes[process.pid] = process.name(), process.memory_info().rss
            except psutil.NoSuchProcess:
                continue
        self.python = max(self.python, sizes.get(root.pid, ("", 0))[1])
        self.jvm = max(self.jvm, sum(size for name, size in sizes.values() if name == "java"))
        self.tree = max(self.tree, sum(size for _, size in sizes.values()))


@dataclass
class Run:
    """One size's figures."""

    ratings: int
    seconds: float
    steps: dict[str, float]
    peak: Peak = field(default_factory=Peak)


def environment(folder: Path, dataset: str) -> dict[str, str]:
    return os.environ | {"SPARROW_DATA_DIR": str(folder), "SPARROW_DATASET": dataset}


def measure(folder: Path, ratings: int) -> Run:
    name = f"synthetic-{ratings}"
    synth = ["data", "synth", "--base", "ml-100k", "--ratings", str(ratings), "--name", name]
    subprocess.run([*SPARROW, *synth], check=True, env=environment(folder, name))
    started, peak = time.monotonic(), Peak()
    command = subprocess.Popen([*SPARROW, "pipeline", "--force"], env=environment(folder, name))
    root = psutil.Process(command.pid)
    while command.poll() is None:
        peak.look(root)
        time.sleep(0.25)
    if command.returncode:
        raise SystemExit(f"the pipeline failed on {ratings:,} ratings")
    records = (folder / "work" / name).glob("*/step.json")
    steps = {record.parent.name: json.loads(record.read_text())["seconds"] for record in records}
    return Run(ratings, time.monotonic() - started, steps, peak)


def report(runs: list[Run]) -> str:
    steps = list(runs[0].steps)
    head = ["ratings", *steps, "whole pipeline s", "s per 100k", "Python GiB", "JVM GiB", "all GiB"]
    lines = ["| " + " | ".join(head) + " |", "|" + "---:|" * len(head)]
    for run in runs:
        sizes = [run.peak.python / GIB, run.peak.jvm / GIB, run.peak.tree / GIB]
        cells = [f"{run.ratings:,}", *(f"{run.steps[step]:.0f}" for step in steps)]
        cells += [f"{run.seconds:.0f}", f"{run.seconds / run.ratings * 100_000:.1f}"]
        cells += [f"{size:.1f}" for size in sizes]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main(sizes: list[int]) -> None:
    scratch = Path(tempfile.mkdtemp(prefix="sparrow-scaling-"))
    try:
        base = environment(scratch, "ml-100k")
        subprocess.run([*SPARROW, "data", "import", "ml-100k"], check=True, env=base)
        print(report([measure(scratch, size) for size in sizes]))
    finally:
        shutil.rmtree(scratch)


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [100_000, 500_000, 2_000_000])

"""Samples a second of training, per registered model, on real samples repeated.

Prints a row a model with the machine's load when it was done: figures of a busy machine are lower
bounds.

usage: python benchmarks/training.py [SAMPLES] [--rows 400000] [--models din,dien]
"""

from __future__ import annotations

import argparse
import os
import tempfile
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from offline.models.registry import BUILDS, model_spec
from offline.training.dataset import Samples
from offline.training.trainer import train


def repeated(samples: Path, rows: int, folder: Path) -> Path:
    """The samples with their train part repeated until it has at least `rows` rows."""
    opened = Samples.open(samples)
    table = pa.Table.from_batches(opened.batches("train"))
    times = -(-rows // len(table))
    (folder / "train").mkdir()
    for number in range(times):
        pq.write_table(table, folder / "train" / f"part-{number:05}.parquet")
    for name in ("features.json", "encoding.json", "factors.npz"):
        (folder / name).write_bytes((samples / name).read_bytes())
    (folder / "validation").symlink_to(opened.root.resolve() / "validation")
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("samples", nargs="?", default="data/work/ml-100k/samples-time", type=Path)
    parser.add_argument("--rows", type=int, default=400_000)
    parser.add_argument("--models", default=",".join(BUILDS), help="names, by commas")
    arguments = parser.parse_args()
    print("| model | samples/s | load |\n|---|---:|---:|")
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        samples = repeated(arguments.samples, arguments.rows, root)
        for name in arguments.models.split(","):
            spec = model_spec(name)
            result = train(samples, spec, replace(spec.config, epochs=2), root / "out" / name)
            print(f"| {name} | {result.samples_per_second:,.0f} | {os.getloadavg()[0]:.0f} |")


if __name__ == "__main__":
    main()

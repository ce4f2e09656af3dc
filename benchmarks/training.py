"""Speed of training, per registered model, on real samples.

Prints the samples a second of the faster of two epochs over repeated samples, with the machine's
load when it was done: figures of a busy machine are lower bounds. With --whole it trains each model
to its end instead, as the pipeline does, and prints what that takes.

usage: python benchmarks/training.py [SAMPLES] [--rows 400000] [--models din,dien] [--whole]
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from offline.models.registry import MODELS, model_spec
from offline.samples.sample_files import Samples
from offline.training.loop.trainer import train


def repeated(samples: Path, rows: int, folder: Path) -> Path:
    """The samples with their train part repeated until it has at least `rows` rows."""
    opened = Samples.open(samples)
    table = pa.Table.from_batches(opened.batches("train"))
    times = -(-rows // len(table))
    (folder / "train").mkdir()
    for number in range(times):
        pq.write_table(table, folder / "train" / f"part-{number:05}.parquet")
    for name in ("features.json", "preprocessing.json", "factors.npz"):
        (folder / name).write_bytes((samples / name).read_bytes())
    (folder / "validation").symlink_to(opened.root.resolve() / "validation")
    return folder


def speeds(samples: Path, models: list[str], rows: int) -> None:
    """Prints a row a model: samples a second."""
    print("| model | samples/s | load |\n|---|---:|---:|")
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        many = repeated(samples, rows, root)
        for name in models:
            spec = model_spec(name)
            result = train(many, spec, replace(spec.config, epochs=2), root / "out" / name)
            print(f"| {name} | {result.samples_per_second:,.0f} | {os.getloadavg()[0]:.0f} |")


def whole(samples: Path, models: list[str]) -> None:
    """Prints a row a model, then the whole: epochs, validation AUC, seconds with export."""
    print("| model | epochs | validation AUC | s |\n|---|---:|---:|---:|")
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as scratch:
        for name in models:
            began = time.perf_counter()
            spec = model_spec(name)
            result = train(samples, spec, spec.config, Path(scratch) / name)
            took = time.perf_counter() - began
            print(f"| {name} | {result.epochs} | {result.validation_auc:.4f} | {took:.0f} |")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"| all, peak memory {peak:.1f} GiB | | | {time.perf_counter() - start:.0f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("samples", nargs="?", default="data/work/ml-100k/samples-time", type=Path)
    parser.add_argument("--rows", type=int, default=400_000)
    parser.add_argument("--models", default=",".join(MODELS), help="names, by commas")
    parser.add_argument("--whole", action="store_true", help="train each model to its end")
    arguments = parser.parse_args()
    models = arguments.models.split(",")
    if arguments.whole:
        whole(arguments.samples, models)
    else:
        speeds(arguments.samples, models, arguments.rows)


if __name__ == "__main__":
    main()

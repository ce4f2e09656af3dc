"""The leaderboard's pictures: SVG that is the same, byte for byte, for the same figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from sklearn.calibration import calibration_curve
from sklearn.metrics import precision_recall_curve, roc_curve

from offline.evaluation.leaderboard.results import Result

SIZE = (6.4, 4.8)
POINTS = 200  # of a curve: more cannot be seen
STYLE: Any = {"svg.hashsalt": "sparrow", "svg.fonttype": "path", "font.size": 9}
COLOURS = {"baseline": "#8a8f98", "source": "#6b9ac4", "flow": "#c8553d", "model": "#c8553d"}

Curves = Mapping[str, tuple[np.ndarray, np.ndarray]]
"""Labels and scores by name."""


def roc(curves: Curves, file: Path) -> None:
    """True positive rate over false positive rate."""

    def draw(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], color="#cccccc", linewidth=1)
        for name, (label, score) in curves.items():
            wrong, right, _ = roc_curve(label, score)
            axes.plot(*_thinned(wrong, right), label=name, linewidth=1.2)
        axes.set(xlabel="share of dislikes above", ylabel="share of likes above", title="ROC")

    _write(draw, file)


def precision_recall(curves: Curves, file: Path) -> None:
    """Precision over recall."""

    def draw(axes: Axes) -> None:
        for name, (label, score) in curves.items():
            precision, recall, _ = precision_recall_curve(label, score)
            axes.plot(*_thinned(recall, precision), label=name, linewidth=1.2)
        axes.set(xlabel="recall", ylabel="precision", title="Precision and recall")

    _write(draw, file)


def calibration(curves: Curves, file: Path) -> None:
    """Observed share of likes over the promised one, in ten bins of equal size."""

    def draw(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], color="#cccccc", linewidth=1)
        for name, (label, score) in curves.items():
            observed, promised = calibration_curve(label, score, n_bins=10, strategy="quantile")
            axes.plot(promised, observed, marker=".", label=name, linewidth=1.2)
        axes.set(xlabel="promised share of likes", ylabel="observed", title="Calibration")

    _write(draw, file)


def bars(results: Sequence[Result], figure: str, title: str, file: Path) -> None:
    """A bar with its interval per result, best on top."""
    shown = sorted(results, key=lambda r: r.figures[figure].value)

    def draw(axes: Axes) -> None:
        values = [r.figures[figure] for r in shown]
        around = [[v.value - v.low for v in values], [v.high - v.value for v in values]]
        axes.barh(
            [r.name for r in shown],
            [v.value for v in values],
            xerr=around,
            color=[COLOURS.get(r.group, "#8a8f98") for r in shown],
            error_kw={"linewidth": 1, "ecolor": "#333333"},
        )
        axes.set(xlabel=figure.upper(), title=title)

    _write(draw, file, legend=False)


def _write(draw: Callable[[Axes], None], file: Path, legend: bool = True) -> None:
    with mpl.rc_context(STYLE):
        canvas = Canvas(figsize=SIZE, layout="constrained")
        axes = canvas.subplots()
        draw(axes)
        axes.spines[["top", "right"]].set_visible(False)
        if legend:
            axes.legend(frameon=False, fontsize=7)
        file.parent.mkdir(parents=True, exist_ok=True)
        canvas.savefig(file, metadata={"Date": None})


def _thinned(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    places = np.unique(np.linspace(0, len(x) - 1, POINTS).astype(int))
    return x[places], y[places]

"""The star table of a release is made of all ratings, and judged by the training part's alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from offline.release.rating_predictor import fit_on_train, fit_rating_predictor, rating_metrics


def test_noise_is_what_makes_deviations_right(checkerboard_samples: Path) -> None:
    judged = fit_on_train(checkerboard_samples)
    assert rating_metrics(judged, checkerboard_samples / "test")["rmse"] < 1.2  # stars are 1 or 5
    made = fit_rating_predictor(checkerboard_samples, seed=1)
    assert made.noise == judged.noise
    assert made.counts.sum() > judged.counts.sum()
    assert made.movie_ids.tolist() == judged.movie_ids.tolist()


def test_figures_of_a_part(checkerboard_samples: Path) -> None:
    found = rating_metrics(fit_on_train(checkerboard_samples), checkerboard_samples / "validation")
    assert found["predicted"] > 100
    assert found["inside_80"] == pytest.approx(0.8, abs=0.15)

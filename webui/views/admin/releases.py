"""Releases, with what they are made of and how good they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from online.release_desk import KeptRelease, KeptReleases

FIGURES = ("auc", "gauc", "pr_auc", "log_loss", "calibration_error")
"""Metrics of a model, in the order of their columns."""


@dataclass(frozen=True)
class ModelLine:
    """A model of a release and its metrics on the test part."""

    name: str
    figures: tuple[float | None, ...]  # in the order of FIGURES
    default: bool


@dataclass(frozen=True)
class ReleaseCard:
    """A release."""

    release: KeptRelease
    counts: Mapping[str, int]  # rows of the data set by table
    fingerprint: str  # of the data set; empty where it is not told
    models: tuple[ModelLine, ...]


@dataclass(frozen=True)
class Archive:
    """The page."""

    cards: tuple[ReleaseCard, ...]  # the newest first
    active: str | None
    before: str | None  # what rolling back leads to
    figures: tuple[str, ...] = FIGURES


def releases(kept: KeptReleases) -> Archive:
    """The page of what there is."""
    before = kept.activations[1] if len(kept.activations) > 1 else None
    return Archive(tuple(_card(release) for release in kept.releases), kept.active, before)


def _card(release: KeptRelease) -> ReleaseCard:
    models = tuple(
        ModelLine(
            name, tuple(metrics.get(figure) for figure in FIGURES), name == release.default_model
        )
        for name, metrics in release.metrics.items()
        if "auc" in metrics
    )
    dataset = release.dataset
    return ReleaseCard(
        release, dataset.get("counts", {}), str(dataset.get("fingerprint", "")), models
    )

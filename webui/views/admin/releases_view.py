"""Releases, with what they are made of and how good they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from online.serving.health import Readiness
from online.serving.release_admin import ReleaseInfo, ReleaseList

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

    release: ReleaseInfo
    counts: Mapping[str, int]  # rows of the data set by table
    fingerprint: str  # of the data set; empty where it is not told
    models: tuple[ModelLine, ...]


@dataclass(frozen=True)
class ReleasesView:
    """The page."""

    cards: tuple[ReleaseCard, ...]  # the newest first
    active: str | None
    before: str | None  # what rolling back leads to
    serving: str  # what this process serves, which follows the active one
    problem: str | None  # why it does not follow, if it cannot
    figures: tuple[str, ...] = FIGURES


def releases(kept: ReleaseList, ready: Readiness) -> ReleasesView:
    """The page of what there is, and of what this process makes of it."""
    followed = ready.dependencies["release"]
    before = kept.activations[1] if len(kept.activations) > 1 else None
    return ReleasesView(
        tuple(_card(release) for release in kept.releases),
        kept.active,
        before,
        ready.release,
        None if followed.state == "ok" else followed.detail,
    )


def _card(release: ReleaseInfo) -> ReleaseCard:
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

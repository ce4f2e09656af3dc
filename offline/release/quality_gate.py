"""The quality gate: a release that is worse than the one it would replace is not published."""

from __future__ import annotations

from sparrow.errors import QualityGateError
from sparrow.release.manifest import Manifest

METRIC = "auc"


def check_release(candidate: Manifest, serving: Manifest | None, tolerance: float) -> str:
    """The gate's verdict as text.

    Releases of different data sets cannot be compared and pass. Raises QualityGateError when the
    candidate's default model loses more than `tolerance` of test AUC.
    """
    new = default_model_auc(candidate)
    if serving is None:
        return f"the first release, test AUC {new:.4f}"
    if serving.dataset["name"] != candidate.dataset["name"]:
        return f"test AUC {new:.4f} on other data than {serving.id}, not comparable"
    old = default_model_auc(serving)
    if not new >= old - tolerance:  # NaN is refused too
        raise QualityGateError(
            f"Release {candidate.id} has test AUC {new:.4f}, more than {tolerance} below the "
            f"{old:.4f} of {serving.id}, which keeps serving: improve the model, or publish with "
            "--force."
        )
    return f"test AUC {new:.4f}, {serving.id} has {old:.4f}"


def default_model_auc(manifest: Manifest) -> float:
    """AUC of the default model, or of the best one where a simpler order serves."""
    measured = {name: each[METRIC] for name, each in manifest.metrics.items() if METRIC in each}
    return measured.get(manifest.default_model, max(measured.values()))

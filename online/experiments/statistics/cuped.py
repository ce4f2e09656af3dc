"""CUPED: what users did before the experiment explains part of how they differ in it.

Deng, Xu, Kohavi, Walker, "Improving the Sensitivity of Online Controlled Experiments by Utilizing
Pre-Experiment Data", WSDM 2013.
"""

from __future__ import annotations

import numpy as np

from online.experiments.statistics.sample import Sample

Pair = tuple[Sample, Sample]


def adjusted(now: Pair, before: Pair) -> Pair:
    """Control and variant, less what the same users' figures before the start predict_ratings.

    The values before the start do not depend on the variant, so the difference stays unbiased,
    whatever the slope: it is one for both, or the figures could not be compared.
    """
    y, x = (np.concatenate([sample.influence for sample in pair]) for pair in (now, before))
    explained = float(x @ x)
    if explained == 0:
        return now
    slope = float(x @ y) / explained
    centre = sum(len(sample) * sample.value for sample in before) / len(x)
    control, variant = (
        Sample(
            sample.value - slope * (earlier.value - centre),
            sample.influence - slope * earlier.influence,
        )
        for sample, earlier in zip(now, before, strict=True)
    )
    return control, variant

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from online.experiments.statistics.cuped import adjusted
from online.experiments.statistics.difference import difference
from online.experiments.statistics.outcomes import METRICS, Outcomes
from online.experiments.statistics.results import VariantOutcomes, results
from online.experiments.statistics.sample import Sample, ratio_metric
from online.experiments.statistics.sample_ratio import sample_ratio
from online.experiments.statistics.sequential import MIN_USERS, sequential_test

ONE = np.ones(1)


def mean(values):
    return ratio_metric(values, np.ones(len(values)))


def visits(random, users, click=0.1):
    """Users who differ in how often they come and in how readily they click."""
    shown = 10 * random.geometric(0.3, users)
    clicks = random.binomial(shown, click * random.beta(2, 2, users) * 2)
    ratings = random.binomial(clicks, 0.5)
    return Outcomes(
        impressions=shown,
        clicks=clicks,
        ratings=ratings,
        stars=ratings * 4.0,
        watchlist=random.poisson(0.3, users),
    )


def test_the_difference_of_means_is_welchs_test():
    random = np.random.default_rng(1)
    control, variant = random.normal(3, 1, 40), random.normal(3.4, 2, 70)
    ours = difference(mean(control), mean(variant))
    theirs = stats.ttest_ind(variant, control, equal_var=False)
    assert ours.p_value == pytest.approx(theirs.pvalue)
    interval = theirs.confidence_interval(0.95)
    assert (ours.low, ours.high) == pytest.approx((interval.low, interval.high))
    assert ours.relative == pytest.approx(variant.mean() / control.mean() - 1)


def test_a_ratios_error_is_that_of_its_repetitions_and_not_of_independent_clicks():
    rates, errors, naive = [], [], []
    for seed in range(400):
        outcomes = visits(np.random.default_rng(seed), 500)
        sample = ratio_metric(outcomes.clicks, outcomes.impressions)
        rates.append(sample.value)
        errors.append(sample.variance**0.5)
        naive.append((sample.value * (1 - sample.value) / outcomes.impressions.sum()) ** 0.5)
    true = np.std(rates)
    assert np.mean(errors) == pytest.approx(true, rel=0.1)
    assert np.mean(naive) < 0.7 * true


def test_intervals_of_the_click_rate_hold_the_truth_as_often_as_they_say():
    held = 0
    for seed in range(400):
        random = np.random.default_rng(seed)
        a, b = visits(random, 300, 0.1), visits(random, 300, 0.12)
        found = difference(
            ratio_metric(a.clicks, a.impressions), ratio_metric(b.clicks, b.impressions)
        )
        held += found.low <= 0.02 <= found.high
    assert stats.binomtest(held, 400, 0.95).pvalue > 0.001


@given(st.floats(-5, 5), st.floats(0.1, 10))
def test_moving_and_stretching_both_variants_leaves_the_p_values_alone(shift, scale):
    random = np.random.default_rng(3)
    a, b = random.normal(0, 1, 200), random.normal(0.2, 1, 200)
    plain = difference(mean(a), mean(b))
    moved = difference(mean(a * scale + shift), mean(b * scale + shift))
    assert moved.p_value == pytest.approx(plain.p_value, rel=1e-6)
    assert moved.any_time.p_value == pytest.approx(plain.any_time.p_value, rel=1e-6)
    assert moved.absolute == pytest.approx(plain.absolute * scale, rel=1e-6)


def test_peeking_is_safe_with_the_any_time_p_value_and_not_with_the_other():
    cheated = safe = 0
    for seed in range(300):
        random = np.random.default_rng(seed)
        a, b = random.normal(size=(2, 4000))
        looks = [difference(mean(a[:n]), mean(b[:n])) for n in range(100, 4001, 100)]
        cheated += min(look.p_value for look in looks) < 0.05
        safe += min(look.any_time.p_value for look in looks) < 0.05
    assert cheated > 0.15 * 300
    assert safe <= stats.binom.ppf(0.99, 300, 0.05)


def test_the_any_time_p_value_finds_a_real_difference():
    random = np.random.default_rng(5)
    a, b = random.normal(0, 1, 5000), random.normal(0.15, 1, 5000)
    look = sequential_test(mean(a), mean(b), 0.95)
    assert look.p_value < 0.001
    assert 0 < look.low < 0.15 < look.high


def test_the_any_time_interval_leaves_zero_out_when_its_p_value_is_small():
    for seed in range(100):
        random = np.random.default_rng(seed)
        look = sequential_test(
            mean(random.normal(0, 1, 500)), mean(random.normal(0.2, 1, 500)), 0.95
        )
        assert (look.p_value < 0.05) == (not look.low <= 0 <= look.high)


def test_the_any_time_p_value_keeps_silent_about_few_users():
    few = mean(np.random.default_rng(1).normal(size=MIN_USERS - 1))
    assert sequential_test(few, Sample(100.0, few.influence), 0.95) is None


def test_without_evidence_there_is_no_difference():
    assert ratio_metric(np.zeros(5), np.zeros(5)) is None
    assert difference(mean(np.zeros(50)), mean(np.zeros(50))) is None
    assert difference(mean(ONE), mean(np.arange(9.0))) is None


def with_habits(seed, effect=0.0):
    """Control and variant, now and before: users keep their habits."""
    random = np.random.default_rng(seed)
    habits = random.normal(5, 2, (2, 300))
    now = habits + random.normal(0, 1, (2, 300)) + np.array([[0.0], [effect]])
    before = habits + random.normal(0, 1, (2, 300))
    return tuple(map(mean, now)), tuple(map(mean, before))


def test_cuped_is_unbiased_and_narrower():
    plain, adapted = [], []
    for seed in range(200):
        now, before = with_habits(seed, effect=0.3)
        plain.append(difference(*now))
        adapted.append(difference(*now, before))
    effects = np.array([found.absolute for found in adapted])
    assert effects.mean() == pytest.approx(0.3, abs=3 * effects.std() / 200**0.5)
    # habits explain 4/5 of the variance of either period: 1 - 0.8² of it is left
    width = [np.mean([f.high - f.low for f in found]) for found in (plain, adapted)]
    assert width[1] / width[0] == pytest.approx(0.6, rel=0.05)
    held = sum(found.low <= 0.3 <= found.high for found in adapted)
    assert stats.binomtest(held, 200, 0.95).pvalue > 0.001
    assert adapted[0].cuped
    assert not plain[0].cuped


def test_cuped_corrects_a_start_that_was_unequal():
    now, before = with_habits(1)
    luckier = (now[0], mean(now[1].influence + now[1].value + 1.0))
    earlier = (before[0], mean(before[1].influence + before[1].value + 1.0))
    assert abs(difference(*luckier, earlier).absolute) < abs(difference(*luckier).absolute) / 2


def test_cuped_with_a_period_in_which_nothing_differs_changes_nothing():
    now, _ = with_habits(1)
    assert adjusted(now, (mean(np.ones(300)), mean(np.ones(300)))) == now


def test_results_of_known_users():
    control = Outcomes(*map(np.array, ([10, 30], [1, 3], [1, 1], [4, 5], [0, 2])))
    variant = Outcomes(*map(np.array, ([10, 10], [5, 2], [0, 0], [0, 0], [1, 3])))
    found = results(
        {"a": VariantOutcomes(control, 0.5), "b": VariantOutcomes(variant, 0.5)}, control="a"
    )
    a, b = ({f.metric: f for f in each.figures} for each in found.variants)
    assert [a[metric.name].value for metric in METRICS] == [0.1, 0.05, 4.5, 1.0]
    assert b["click_through_rate"].value == 0.35
    assert b["click_through_rate"].difference.absolute == pytest.approx(0.25)
    assert b["mean_rating"].value is None
    assert b["mean_rating"].difference is None
    assert a["click_through_rate"].difference is None
    assert [variant.users for variant in found.variants] == [2, 2]
    assert not found.sample_ratio.mismatch


def test_results_use_what_was_before_the_start():
    random = np.random.default_rng(1)
    periods = [visits(random, 200) for _ in range(2)]
    earlier = [replace(each, clicks=each.clicks + random.poisson(1, 200)) for each in periods]
    plain = results({n: VariantOutcomes(o, 0.5) for n, o in zip("ab", periods, strict=True)}, "a")
    variants = {
        name: VariantOutcomes(now, 0.5, before)
        for name, now, before in zip("ab", periods, earlier, strict=True)
    }
    without, cuped = (r.variants[1].figures[0].difference for r in (plain, results(variants, "a")))
    assert cuped.cuped
    assert not without.cuped
    assert cuped.high - cuped.low < 0.7 * (without.high - without.low)


def test_outcomes_of_different_users_are_refused():
    with pytest.raises(ValueError, match="one place per user"):
        Outcomes(*[np.ones(3)] * 4, np.ones(2))


def test_sample_ratio_finds_missing_users_and_no_others():
    shares = {"a": 0.9, "b": 0.1}
    assert not sample_ratio({"a": 9030, "b": 970}, shares).mismatch
    assert sample_ratio({"a": 9200, "b": 800}, shares).mismatch
    assert not sample_ratio({"a": 0, "b": 0}, shares).mismatch
    assert sample_ratio({"a": 9, "b": 1}, {"a": 9, "b": 1}).p_value == 1.0
    known = stats.chisquare([60, 40, 20], [50, 50, 20]).pvalue
    found = sample_ratio({"a": 60, "b": 40, "c": 20}, {"a": 5, "b": 5, "c": 2})
    assert found.p_value == pytest.approx(known)


def test_a_stopped_variant_does_not_spoil_the_ratio():
    found = sample_ratio({"a": 50, "b": 52, "c": 0}, {"a": 0.5, "b": 0.5, "c": 0.0})
    assert found.p_value > 0.5
    with pytest.raises(ValueError, match="c"):
        sample_ratio({"a": 50, "c": 3}, {"a": 1.0})

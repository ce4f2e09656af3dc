"""Lines of charts."""

from hypothesis import given
from hypothesis import strategies as st

from webui.views.shared.plots import Sparkline, downsampled

FIGURES = st.lists(st.floats(0, 1e6), max_size=300).map(
    lambda values: [(str(place), value) for place, value in enumerate(values)]
)


def test_a_curve_runs_from_the_ground_to_its_highest_figure() -> None:
    line = Sparkline((("a", 0.0), ("b", 5.0), ("c", 10.0)), frozenset({"b"}))
    assert line.points == "0.0,100.0 50.0,51.0 100.0,2.0"
    assert line.marks == (50.0,)


def test_one_figure_is_a_level_line_and_nothing_is_none() -> None:
    assert Sparkline((("a", 3.0),)).points == "0.0,2.0 100.0,2.0"
    assert Sparkline(()).points == ""
    assert Sparkline((("a", 0.0), ("b", 0.0))).points == "0.0,100.0 100.0,100.0"


@given(FIGURES, st.integers(1, 100))
def test_thinning_keeps_the_sum_within_its_points(
    figures: list[tuple[str, float]], most: int
) -> None:
    line = downsampled(figures, most)
    assert len(line.figures) <= most
    length = -(-len(figures) // most) or 1
    sizes = [length] * (len(figures) // length) + [len(figures) % length or length]
    total = sum(mean * size for (_, mean), size in zip(line.figures, sizes, strict=False))
    assert abs(total - sum(value for _, value in figures)) <= 1e-6 * (1 + total)

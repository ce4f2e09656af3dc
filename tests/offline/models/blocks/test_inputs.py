from __future__ import annotations

import keras
import numpy as np
import pytest
from sample_world import FEATURES, query_rows
from training_list_world import query_lists

from offline.factorisation.matrix_factors import MatrixFactors
from offline.models.blocks.field_blocks import entity_vector
from offline.models.blocks.inputs import CONTEXT, SIGNALS, BlockConfig, InputBlock
from offline.models.blocks.interactions import genre_match, rating_prediction
from offline.models.blocks.layers import LIMIT, IdDropout, IdIndex, Normalise
from offline.models.blocks.rating_history import preference_vector
from sparrow.features.declarations import PADDING, Entity, FeatureType, Normalisation
from sparrow.features.preprocessing import FIRST_KNOWN_ROW, UNKNOWN_ROW, NormStats, Preprocessing
from sparrow.signals.context_features import CONTEXT as COLUMNS
from sparrow.signals.registry import NAMES

pytestmark = pytest.mark.tensorflow

VOCABULARIES = {f.vocabulary: np.arange(1, 30) for f in FEATURES.features if f.vocabulary}
NORMALS = {
    f.name: NormStats(0.5, 0.3) for f in FEATURES.features if f.scale is not Normalisation.NONE
}
ENCODING = Preprocessing(VOCABULARIES, NORMALS)
FACTORS = MatrixFactors(
    movie_ids=np.arange(1, 30),
    vectors=np.random.default_rng(1).normal(size=(3, 29, 2)).astype(np.float32),
    biases=np.zeros((3, 29), np.float32),
    means=np.full(3, 3.5, np.float32),
    ridge=1.0,
    shrinkage=4.0,
)


CHOICES = BlockConfig(embedding_dim=4, id_dropout=0.0, seed=1)
MEAN, DEVIATION = np.arange(len(COLUMNS)), np.full(len(COLUMNS), 2.0)


def block() -> InputBlock:
    return InputBlock(FEATURES, ENCODING, FACTORS, CHOICES)


def list_block() -> InputBlock:
    """One that ranks lists."""
    return InputBlock(FEATURES, ENCODING, FACTORS, CHOICES, (MEAN, DEVIATION))


def list_rows(count: int) -> dict[str, np.ndarray]:
    query = query_lists(count)
    return query_rows(count) | query | {CONTEXT: np.repeat(query[CONTEXT], count, axis=0)}


def computed(inputs: InputBlock, tensor: keras.KerasTensor, rows: dict[str, np.ndarray]):
    return np.array(keras.Model(inputs.inputs, tensor)(rows))


def test_ids_become_rows_of_their_table() -> None:
    vocabulary = np.array([3, 7, 2**40])
    ids = np.array([[PADDING, 3, 7], [2**40, 5, np.iinfo(np.int64).max - 1]])
    assert IdIndex(vocabulary)(ids).numpy().tolist() == [[0, 2, 3], [4, 1, 1]]


def test_an_empty_vocabulary_knows_nothing() -> None:
    lookup = IdIndex(np.empty(0, dtype=np.int64))
    assert lookup(np.array([0, 5, PADDING])).numpy().tolist() == [1, 1, 0]


def test_numbers_are_normalised_and_unknown_ones_are_average() -> None:
    layer = Normalise(
        [NormStats(2.0, 4.0), NormStats(1.0, 0.5), NormStats(3.0, 0.0)], [False, True, False]
    )
    raw = np.array([[10.0, np.e - 1, 3.0], [np.nan] * 3, [np.inf, 0.0, 4.0]], np.float32)
    expected = [[2.0, 0.0, 0.0], [0.0, 0.0, 0.0], [5.0, -2.0, 1.0]]
    assert layer(raw).numpy() == pytest.approx(np.array(expected), abs=1e-6)


def test_id_dropout_hides_that_share_of_known_ids_in_training_only() -> None:
    layer, rows = IdDropout(0.25, seed=1), np.tile([0, 1, 2, 3], 5000)
    assert (layer(rows, training=False).numpy() == rows).all()
    shown = layer(rows, training=True).numpy()
    assert (shown[rows < 2] == rows[rows < 2]).all()
    assert (shown[rows >= 2] == 1).mean() == pytest.approx(0.25, abs=0.02)


def test_candidate_and_history_share_one_table() -> None:
    inputs, rows = block(), query_rows(2)
    rows["user_recent_movies"][:] = PADDING
    rows["user_recent_movies"][:, 0] = rows["movie_id"]
    newest = computed(inputs, inputs.embed("user_recent_movies"), rows)[:, 0]
    assert newest == pytest.approx(computed(inputs, inputs.embed("movie_id"), rows))


def test_padding_and_order_do_not_change_the_taste() -> None:
    inputs, rows = block(), query_rows(3)
    history, stars = rows["user_recent_movies"], rows["user_recent_ratings"]
    history[:], stars[:] = PADDING, np.nan
    for row, places in enumerate([[0, 1, 2], [2, 0, 1], [0, 10, 40]]):
        history[row, places], stars[row, places] = [4, 5, 6], [5.0, 1.0, 3.0]
    first, turned, scattered = computed(inputs, preference_vector(inputs), rows)
    assert np.abs(first).max() > 0
    assert turned == pytest.approx(first, abs=1e-6)
    assert scattered == pytest.approx(first, abs=1e-6)


@pytest.mark.parametrize("name", ["user_id", "user_gender", "user_occupation", "movie_id"])
def test_a_category_at_its_default_is_an_unknown_id(name: str) -> None:
    """The server knows no id of a new user; a file to score names one that no model saw."""
    inputs, rows = block(), query_rows(2)
    rows[name][:] = PADDING, 999
    assert computed(inputs, inputs.ids(name), rows).tolist() == [UNKNOWN_ROW] * 2


def test_a_history_keeps_its_padding() -> None:
    inputs, rows = block(), query_rows(1)
    rows["user_recent_movies"][:] = PADDING
    rows["user_recent_movies"][0, :2] = 1, 999
    found = computed(inputs, inputs.ids("user_recent_movies"), rows)[0]
    assert found[:3].tolist() == [FIRST_KNOWN_ROW, UNKNOWN_ROW, 0]
    assert not found[2:].any()


def test_an_empty_history_is_zero() -> None:
    inputs, rows = block(), query_rows(1)
    rows["user_recent_movies"][:] = PADDING
    assert not computed(inputs, preference_vector(inputs), rows).any()


@pytest.mark.parametrize("entity", list(Entity))
def test_a_side_has_every_field_and_number_of_its_entity(entity: Entity) -> None:
    inputs = block()
    features = FEATURES.of(entity)
    numbers = sum(f.length for f in features if f.kind is FeatureType.NUMBER and not f.aligned_with)
    fields = sum(4 for f in features if f.kind is not FeatureType.NUMBER)
    assert entity_vector(inputs, entity).shape == (None, numbers + fields)


def test_genre_match_by_hand() -> None:
    inputs, rows = block(), query_rows(2)
    rows["movie_genres"] = np.array([[1, 0, 1], [0, 1, 0]], np.float32)
    rows["user_genre_taste"] = np.array([[0.5, 9.0, -0.25], [np.nan] * 3], np.float32)
    rows["user_genre_share"] = np.array([[0.25, 0.25, 0.5], [0.2, 0.3, 0.5]], np.float32)
    match = computed(inputs, genre_match(inputs), rows)
    assert match == pytest.approx(np.array([[0.25, 0.75], [0.0, 0.3]]))


def test_a_block_that_ranks_lists_takes_signals_and_context_too() -> None:
    assert set(list_block().inputs) == {*block().inputs, SIGNALS, CONTEXT}
    assert not block().ranks_lists


def test_the_context_is_standardised_and_cut() -> None:
    inputs, rows = list_block(), list_rows(3)
    rows[CONTEXT][:] = MEAN + 1.0
    rows[CONTEXT][1, 0] = 1e6
    found = computed(inputs, inputs.context(), rows)
    assert found[0] == pytest.approx(0.5)
    assert found[1, 0] == LIMIT
    assert inputs.context() is inputs.context()


def test_one_signal_is_its_value_and_its_rank() -> None:
    inputs, rows = list_block(), list_rows(3)
    place = NAMES.index("als")
    found = computed(inputs, inputs.signal("als"), rows)
    np.testing.assert_array_equal(found, rows[SIGNALS][:, [place, place + len(NAMES)]])


def test_the_numbers_of_a_list_have_signals_with_the_movies_and_context_with_the_query() -> None:
    plain, inputs, rows = block(), list_block(), list_rows(2)
    for entity, more in ((Entity.MOVIE, SIGNALS), (Entity.USER, None)):
        alone = computed(plain, plain.numbers(entity), {n: rows[n] for n in plain.inputs})
        found = computed(inputs, inputs.numbers(entity), rows)
        np.testing.assert_allclose(found[:, : alone.shape[1]], alone, rtol=1e-6)
        assert found.shape[1] == alone.shape[1] + (0 if more is None else rows[more].shape[1])
    assert plain.numbers(Entity.CONTEXT) is None
    assert inputs.numbers(Entity.CONTEXT).shape == (None, len(COLUMNS))
    np.testing.assert_array_equal(
        computed(inputs, inputs.numbers(Entity.MOVIE), rows)[:, -2 * len(NAMES) :], rows[SIGNALS]
    )


def test_what_factorisation_predicts_is_a_signal_in_a_list() -> None:
    """The table of the samples has seen ratings from after the list's moment."""
    inputs = list_block()
    assert rating_prediction(inputs).shape == (None, 2)
    assert rating_prediction(block()).shape == (None, 4)

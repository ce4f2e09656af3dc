"""Small data of one's own: it works, or one clear line says what is missing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.dataset as ds
import pytest

from offline.data.import_dataset import import_dataset
from offline.embeddings import step as embeddings
from offline.features import step as features
from offline.runtime.step import RunContext, execute
from offline.samples import step as samples
from sparrow.errors import DataError
from sparrow.units import DAY
from sparrow.vectors.embedding import Embedding

pytestmark = pytest.mark.spark

USERS, MOVIES = range(1, 13), range(1, 16)


def bring_in(
    space: RunContext,
    folder: Path,
    *,
    genres: str = "",
    gap: int = DAY,
    stars: float = 5.0,
    users: Iterable[int] = USERS,
) -> None:
    """Imports these users' ratings of 5 of 15 movies each, `gap` seconds apart."""
    folder.mkdir()
    movies = [f"{m},Film {m} (19{80 + m}),{genres or '(no genres listed)'}" for m in MOVIES]
    ratings = [
        f"{user},{(user + 3 * turn) % 15 + 1},{stars if turn % 2 else 1.5},"
        f"{1_000_000_000 + gap * (user * 5 + turn)}"
        for user in users
        for turn in range(5)
    ]
    (folder / "movies.csv").write_text("\n".join(["movieId,title,genres", *movies]) + "\n")
    (folder / "ratings.csv").write_text(
        "\n".join(["userId,movieId,rating,timestamp", *ratings]) + "\n"
    )
    import_dataset(space.settings, folder, False, datetime(2024, 5, 1, tzinfo=UTC), space.console)


@pytest.mark.parametrize("genres", ["", "Drama"])
def test_small_data_with_hardly_a_genre_goes_through(
    other_space: RunContext, tmp_path: Path, genres: str
) -> None:
    settings = other_space.settings
    bring_in(other_space, tmp_path / "films", genres=genres)
    execute(features.step(settings), other_space)
    folder = execute(samples.step(settings, "time"), other_space)
    rows = [ds.dataset(folder / part).to_table() for part in samples.SPLITS]
    assert sum(len(table) for table in rows) == 60
    assert {len(flags) for flags in rows[0]["movie_genres"].to_pylist()} == {2}
    assert sum(map(sum, rows[0]["movie_genres"].to_pylist())) == bool(genres) * len(rows[0])
    vectors = execute(embeddings.step(settings), other_space)
    for name in embeddings.output_folders(vectors)[0]:
        assert Embedding.load(vectors / name / "movies").ids.tolist() == list(MOVIES)


@pytest.mark.parametrize(("split", "advice"), [("time", "--split random"), ("random", "import")])
def test_an_empty_part_is_said_with_what_to_do(
    other_space: RunContext, tmp_path: Path, split: samples.Split, advice: str
) -> None:
    """Ratings of one second cannot be split by time, nor five ratings into three parts."""
    few = USERS if split == "time" else range(1, 2)
    bring_in(other_space, tmp_path / "films", gap=0, users=few)
    execute(features.step(other_space.settings), other_space)
    with pytest.raises(DataError, match=rf"{split} split, but \w+ is empty.*{advice}"):
        execute(samples.step(other_space.settings, split), other_space)
    assert not (other_space.settings.work_dir / f"samples-{split}").exists()


def test_data_without_likes_gets_advice(other_space: RunContext, tmp_path: Path) -> None:
    bring_in(other_space, tmp_path / "films", stars=2.0)
    with pytest.raises(DataError, match="none reaches SPARROW_LIKE_THRESHOLD: set it lower"):
        execute(embeddings.step(other_space.settings), other_space)

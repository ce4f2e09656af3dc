"""Larger data from an imported data set, for finding out how things scale; streamed to Parquet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from rich.console import Console
from rich.progress import Progress

from offline.data.synthetic.fractal_expansion import FractalExpansion, plan_expansion
from offline.data.tables.dataset_metadata import (
    DatasetMetadata,
    compute_metadata,
    read_metadata,
    unchanged_metadata,
    validate_dataset_name,
    write_metadata,
)
from offline.data.tables.quality_report import write_quality_report
from offline.data.tables.quarantine import open_quarantine
from offline.data.tables.table_parts import PartWriter, read_batches, write_table
from sparrow.dataset.tables import LINKS, MOVIES, TAGS, DatasetTables
from sparrow.errors import DataError
from sparrow.settings import Settings
from sparrow.system.files import atomic_folder

_VERSION = "1"  # count up when the same base and seed give other tables than before
_CHUNK_ROWS = 500_000
_SPREAD = 50  # copies of a user begin within this fraction of the base's time range


@dataclass(frozen=True)
class SyntheticSpec:
    """What to make: from which base, how many ratings, and the seed that decides which."""

    base: str
    ratings: int
    seed: int


def synthesize_dataset(
    settings: Settings, spec: SyntheticSpec, console: Console
) -> DatasetMetadata:
    """Make the tables of `settings.dataset` by growing `spec.base`, which must be imported.

    Raises `DataError` for a missing base, `StorageError` if the disk is full.
    """
    name, tables = validate_dataset_name(settings.dataset), DatasetTables(settings.tables)
    if name == spec.base:
        raise DataError(f"{name} cannot be made from itself: give another --name.")
    base = DatasetTables(settings.model_copy(update={"dataset": spec.base}).tables)
    source_hash = f"{_VERSION}-{read_metadata(base).fingerprint}-{spec.ratings}-{spec.seed}"
    if (made := unchanged_metadata(tables, source_hash)) is not None:
        console.print(f"{name}: unchanged, {made.counts['ratings']:,} ratings")
        return made
    origin = f"{spec.base} grown to {spec.ratings:,} ratings with seed {spec.seed}"
    with atomic_folder(tables.root) as folder, Progress(console=console) as progress:
        fresh = DatasetTables(folder)
        task = progress.add_task(f"Making {name}", total=spec.ratings)
        synthesize(base, fresh, spec.ratings, spec.seed, lambda n: progress.advance(task, n))
        description = compute_metadata(fresh, name, origin, source_hash, quarantined=0)
        with open_quarantine(folder) as quarantine:
            write_quality_report(fresh, description, quarantine)
        write_metadata(fresh, description)
    return description


def synthesize(
    base: DatasetTables,
    out: DatasetTables,
    ratings: int,
    seed: int,
    progress: Callable[[int], None],
) -> None:
    """Write tables with exactly `ratings` ratings that look like those of `base`.

    Each pair of user and movie occurs once, every user's ratings keep their order in time, and the
    same base and seed give the same rows. Memory holds half a million ratings at a time.
    progress: called with the number of ratings written since the last call.
    """
    activity, popularity = Counter[int](), Counter[int]()
    first, last = _survey(base, activity, popularity)
    factor = ratings / activity.total()
    expansion = plan_expansion(factor, _counts(activity), _counts(popularity))
    movies = pq.read_table(base.path("movies"), schema=MOVIES)
    expander = _RatingExpander(
        expansion,
        pq.read_table(base.path("users")),
        int(pc.max(movies["movie_id"]).as_py()) + 1,
        max(1, (last - first) // _SPREAD),
        np.random.default_rng(seed),
    )
    write_table(out, "movies", _grown_movies(movies, expander))
    write_table(out, "tags", TAGS.empty_table())
    write_table(out, "links", LINKS.empty_table())
    with PartWriter(out, "ratings") as rating_writer, PartWriter(out, "users") as user_writer:
        for chunk in _user_chunks(base, max(1, int(_CHUNK_ROWS / factor))):
            grown = expander.ratings(chunk)
            rating_writer.write(grown)
            user_writer.write(expander.users(grown["user_id"].to_numpy()))
            progress(len(grown))


class _RatingExpander:
    """Grows one chunk of users after another; draws from one random generator in their order.

    users: the base's users by ascending id, all of them with ratings.
    stride: between the ids of a movie's copies.
    spread: seconds within which the copies of a user begin.
    """

    def __init__(
        self,
        expansion: FractalExpansion,
        users: pa.Table,
        stride: int,
        spread: int,
        random: np.random.Generator,
    ) -> None:
        self.expansion = expansion
        self.stride = stride
        self._users = users
        self._ids = users["user_id"].to_numpy()
        self._spread = spread
        self._random = random
        self._due, self._made = 0.0, 0

    def ratings(self, chunk: pa.Table) -> pa.Table:
        """All copies of the chunk's ratings that are kept, by (user, time, movie)."""
        rank = np.searchsorted(self._ids, chunk["user_id"].to_numpy())
        movie, time = (chunk[name].to_numpy() for name in ("movie_id", "timestamp"))
        copies = self.expansion.users
        shift = self._random.integers(self._spread, size=(rank[-1] - rank[0] + 1, copies))
        rows, users, movies, times = [], [], [], []
        for (i, j), share in np.ndenumerate(self.expansion.share):
            picked = self._pick(len(chunk), share)
            rows.append(picked)
            users.append(rank[picked] * copies + i + 1)
            movies.append(movie[picked] + j * self.stride)
            times.append(time[picked] + shift[rank[picked] - rank[0], i])
        user_ids, movie_ids, timestamps = map(np.concatenate, (users, movies, times))
        order = np.lexsort((movie_ids, timestamps, user_ids))
        return pa.table(
            {
                "user_id": user_ids[order],
                "movie_id": movie_ids[order],
                "rating": chunk["rating"].to_numpy()[np.concatenate(rows)[order]],
                "timestamp": timestamps[order],
            }
        )

    def users(self, user_ids: np.ndarray) -> pa.Table:
        """The users table's rows for these ids of copies, ascending and each once."""
        unique = np.unique(user_ids)
        originals = self._users.take(pa.array((unique - 1) // self.expansion.users))
        return originals.set_column(0, "user_id", pa.array(unique))

    def _pick(self, rows: int, share: float) -> np.ndarray:
        """Positions of this block's share of the rows; all blocks together miss no rating."""
        self._due += rows * share
        count = min(rows, round(self._due) - self._made)
        self._made += count
        return self._random.choice(rows, count, replace=False, shuffle=False)


def _survey(
    base: DatasetTables, activity: Counter[int], popularity: Counter[int]
) -> tuple[int, int]:
    """Count the base's ratings by user and movie; returns its first and last timestamp."""
    times = []
    for batch in read_batches(base, "ratings"):
        for counter, name in ((activity, "user_id"), (popularity, "movie_id")):
            ids, counts = np.unique(batch[name].to_numpy(), return_counts=True)
            counter.update(dict(zip(ids.tolist(), counts.tolist(), strict=True)))
        times += pc.min_max(batch["timestamp"]).as_py().values()
    return min(times), max(times)


def _counts(counter: Counter[int]) -> np.ndarray:
    return np.fromiter(counter.values(), np.int64, len(counter))


def _user_chunks(base: DatasetTables, rows: int) -> Iterator[pa.Table]:
    """The base's ratings in its order, about `rows` at a time, no user's split over two chunks."""
    pending: list[pa.RecordBatch] = []
    for batch in read_batches(base, "ratings"):
        pending.append(batch)
        table = pa.Table.from_batches(pending)
        while len(table) > rows:
            users = table["user_id"].to_numpy()
            cut = np.searchsorted(users, users[rows]) or np.searchsorted(
                users, users[rows], "right"
            )
            if cut == len(table):
                break
            yield table.slice(0, cut)
            table = table.slice(cut)
        pending = table.to_batches()
    yield pa.Table.from_batches(pending)


def _grown_movies(movies: pa.Table, expander: _RatingExpander) -> pa.Table:
    """Every copy of every movie: the base's year and genres, and a title that none other has."""
    taken: set[str] = set()
    rows = []
    for copy in range(expander.expansion.movies):
        for movie in movies.to_pylist():
            title = _unique_title(movie["title"], copy + 1, taken)
            taken.add(title)
            movie_id = movie["movie_id"] + copy * expander.stride
            rows.append({**movie, "movie_id": movie_id, "title": title})
    return pa.Table.from_pylist(rows, schema=MOVIES)


def _unique_title(title: str, number: int, taken: set[str]) -> str:
    candidate = title if number == 1 else f"{title} #{number}"
    while candidate in taken:
        number += 1
        candidate = f"{title} #{number}"
    return candidate

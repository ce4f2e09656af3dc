"""Queries of the movies of a release that do not depend on a user."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from online.catalogue.catalogue import Catalogue
from online.catalogue.item_filter import take_matching
from online.catalogue.similar_movies import similar
from online.types import (
    BrowseQuery,
    ChartName,
    Movie,
    Rating,
    SearchResult,
    SimilarBy,
)


class CatalogueQueries:
    """Describes and finds the movies of one release; NotFoundError for an unknown one."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def movie(self, movie_id: int) -> Movie:
        """One movie."""
        return self._catalogue.movies[self._catalogue.item(movie_id)]

    def other_ids(self, movie_ids: Collection[int]) -> frozenset[int]:
        """Further ids of these movies, where the data set lists one under several."""
        catalogue = self._catalogue
        if not catalogue.duplicates:
            return frozenset()
        item_index_all_ids = catalogue.ids[catalogue.item_index_all_ids(movie_ids)]
        return frozenset(item_index_all_ids.tolist()).difference(movie_ids)

    def star_counts(self, movie_id: int) -> dict[float, int]:
        """How many gave a movie so many stars, from half a star up."""
        counts = self._catalogue.star_counts[self._catalogue.item(movie_id)]
        return {step / 2: int(count) for step, count in enumerate(counts, start=1)}

    def top_ratings(self, movie_id: int) -> tuple[Rating, ...]:
        """Up to ten of a movie's ratings, best first."""
        return self._catalogue.top_ratings(self._catalogue.item(movie_id))

    def similar(self, movie_id: int, by: SimilarBy, limit: int) -> tuple[Movie, ...]:
        """Neighbours of a movie, the most similar first."""
        item = self._catalogue.item(movie_id)
        return self._catalogue.movies_at(similar(self._catalogue, item, by, limit))

    def chart(self, name: ChartName, genre: str | None, limit: int) -> tuple[Movie, ...]:
        """A list that is the same for everybody; a movie with several ids is in it once."""
        self._catalogue.check_genres("genre", [] if genre is None else [genre])
        subset = self._catalogue.subsets.of(genre)
        duplicates = self._catalogue.duplicates
        found = take_matching(subset.chart(name), limit + duplicates.surplus, subset.mask)
        return self._catalogue.movies_at(duplicates.deduplicate(found)[:limit])

    def search(self, text: str, limit: int) -> SearchResult:
        """Movies whose titles have each word of `text`, or begin so, or nearly; best first.

        `y:1995` and `y:1990-1999` bound the years of release.
        """
        found = self._catalogue.titles.find(text)
        movies = self._catalogue.movies_at(found.item_index[:limit])
        return SearchResult(movies, len(found.item_index), found.suggestion)

    def size(self) -> int:
        """How many movies there are."""
        return len(self._catalogue)

    def genres(self) -> tuple[str, ...]:
        """The catalogue's genres, the largest first."""
        size = self._catalogue.genres.sum(axis=0)
        order = np.argsort(-size, kind="stable")
        return tuple(self._catalogue.genre_names[genre] for genre in order)

    def matching(self, query: BrowseQuery) -> np.ndarray:
        """Which movies match, `(movies,)` bool, whoever asks."""
        catalogue, stats = self._catalogue, self._catalogue.stats
        matching = np.ones(len(catalogue), dtype=bool)
        if query.genres:
            columns = np.stack([catalogue.in_genre(genre) for genre in query.genres])
            matching &= columns.all(axis=0) if query.match == "all" else columns.any(axis=0)
        # NaN, the unknown, fails every comparison
        if query.year_from is not None:
            matching &= stats.year >= query.year_from
        if query.year_to is not None:
            matching &= stats.year <= query.year_to
        if query.min_rating is not None:
            matching &= stats.mean >= query.min_rating
        if query.min_votes is not None:
            matching &= stats.count >= query.min_votes
        return matching

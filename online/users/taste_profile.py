"""A user's taste compared with the catalogue."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from online.catalogue.catalogue import Catalogue
from online.users.user_state import UserState


@dataclass(frozen=True)
class GenreTaste:
    """A genre in a user's ratings and in all ratings."""

    genre: str
    share: float  # of the user's ratings
    catalogue_share: float  # of all ratings
    mean: float | None  # mean rating; None where the user rated nothing
    catalogue_mean: float | None
    taste: float  # rating above the user's mean, shrunk, as in the features


@dataclass(frozen=True)
class TasteProfile:
    """Statistics of a user's ratings."""

    user_id: int | None
    rating_count: int
    rating_mean: float | None  # 0.5 … 5
    catalogue_mean: float | None  # 0.5 … 5, over all ratings
    year_mean: float | None  # year of release
    catalogue_year_mean: float | None  # over all ratings
    stars: dict[str, int]  # number of the user's ratings by value
    genres: tuple[GenreTaste, ...]  # the most rated first


def taste_profile(user: UserState, catalogue: Catalogue) -> TasteProfile:
    """The taste of a user, compared with the figures of the release."""
    history = user.history[catalogue.has(user.history["movie_id"])]
    mine = catalogue.item_index(history["movie_id"])
    ratings = history["rating"].astype(np.float64)
    given = catalogue.stats.count.astype(np.float64)
    means = np.nan_to_num(catalogue.stats.mean)
    stars, counts = np.unique(ratings, return_counts=True)
    genres = []
    for place, name in enumerate(catalogue.genre_names):
        in_genre, own = catalogue.genres[:, place], catalogue.genres[mine, place]
        genres.append(
            GenreTaste(
                genre=name,
                share=float(own.mean()) if len(mine) else 0.0,
                catalogue_share=float(given[in_genre].sum() / max(given.sum(), 1.0)),
                mean=_mean(ratings, own),
                catalogue_mean=_mean(means, given * in_genre),
                taste=float(user.row["user_genre_taste"][place]),
            )
        )
    year = catalogue.stats.year
    dated = ~np.isnan(year)
    return TasteProfile(
        user_id=user.user_id,
        rating_count=len(ratings),
        rating_mean=_mean(ratings, np.ones(len(ratings))),
        catalogue_mean=_mean(means, given),
        year_mean=_mean(np.nan_to_num(year[mine]), dated[mine]),
        catalogue_year_mean=_mean(np.nan_to_num(year), given * dated),
        stars={f"{s:g}": int(n) for s, n in zip(stars, counts, strict=True)},
        genres=tuple(sorted(genres, key=lambda genre: -genre.share)),
    )


def _mean(values: np.ndarray, weights: np.ndarray) -> float | None:
    total = float(weights.sum())
    return float((values * weights).sum() / total) if total > 0 else None

"""A vector per movie from what is written on the box: genres, year, tags and title words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.preprocessing import MultiLabelBinarizer, normalize


@dataclass(frozen=True)
class ContentConfig:
    """Weight of each part of a movie's content, and the dimension of the vectors."""

    dimensions: int = 64
    genres: float = 1.0  # length of a movie's part of the genres, as of the parts that follow
    tags: float = 1.0
    title: float = 0.5
    year: float = 0.5
    rbf_width: float = 10.0  # years between two bumps, and the width of each
    min_documents: int = 2  # movies that a title word or tag must occur in to relate any


def content_vectors(
    movies: pd.DataFrame, tags: pd.DataFrame, config: ContentConfig, seed: int
) -> np.ndarray:
    """`(movies, dimensions or fewer)` float32, rows of length 1; of zeros where nothing is known.

    `movies` has title, year (NaN where unknown) and genres (lists of names); `tags` has `row` (of
    `movies`), `tag` (lower case) and `users` (how many gave it). The parts are concatenated to
    one sparse matrix whose truncated SVD (latent semantic analysis: Deerwester et al., 1990) keeps
    what tells most movies apart.
    """
    parts = [
        config.genres * genre_columns(movies["genres"]),
        config.year * year_columns(movies["year"].to_numpy(np.float64), config),
        config.title * title_columns(movies["title"], config),
        config.tags * tag_columns(tags, len(movies), config),
    ]
    content = sparse.csr_matrix(sparse.hstack(parts))
    if content.shape[1] > config.dimensions:
        reduced = TruncatedSVD(config.dimensions, random_state=seed).fit_transform(content)
    else:
        reduced = content.toarray()
    return np.asarray(normalize(reduced), dtype=np.float32)


def genre_columns(genres: pd.Series) -> sparse.csr_matrix:
    """A column per genre; of each movie's the rare ones weigh most."""
    flags = MultiLabelBinarizer(sparse_output=True).fit_transform(genres)
    return _tf_idf(flags)


def year_columns(year: np.ndarray, config: ContentConfig) -> sparse.csr_matrix:
    """Gaussian bumps over the decades: movies a few years apart share most of their part."""
    known = ~np.isnan(year)
    if not known.any():
        return sparse.csr_matrix((len(year), 0))
    low, high = (np.round(f(year[known]) / config.rbf_width) for f in (np.min, np.max))
    centres = np.arange(low, high + 1) * config.rbf_width
    near = np.exp(-0.5 * ((year[:, None] - centres) / config.rbf_width) ** 2)
    normalised: sparse.csr_matrix = normalize(
        sparse.csr_matrix(np.where(known[:, None], near, 0.0))
    )
    return normalised


def title_columns(title: pd.Series, config: ContentConfig) -> sparse.csr_matrix:
    """A column per word that several titles have, stop words left out."""
    words = CountVectorizer(stop_words="english", binary=True)
    try:
        counts = words.fit_transform(title)
    except ValueError:  # scikit-learn's word for titles without any word
        return sparse.csr_matrix((len(title), 0))
    return _tf_idf(_frequent_columns(counts, config.min_documents))


def tag_columns(tags: pd.DataFrame, movies: int, config: ContentConfig) -> sparse.csr_matrix:
    """A column per tag that several movies have; many users' word counts more than one's."""
    codes, names = pd.factorize(tags["tag"], sort=True)
    weights = np.log1p(tags["users"].to_numpy(np.float64))
    counts = sparse.csr_matrix((weights, (tags["row"], codes)), shape=(movies, len(names)))
    return _tf_idf(_frequent_columns(counts, config.min_documents))


def _frequent_columns(counts: sparse.csr_matrix, least: int) -> sparse.csr_matrix:
    """The columns that at least so many rows have."""
    return counts[:, np.flatnonzero(counts.getnnz(axis=0) >= least)]


def _tf_idf(counts: sparse.csr_matrix) -> sparse.csr_matrix:
    """TF-IDF with rows of length 1 (Spärck Jones, 1972)."""
    if counts.shape[1] == 0:
        return sparse.csr_matrix(counts, dtype=np.float64)
    weighted: sparse.csr_matrix = TfidfTransformer().fit_transform(counts)
    return weighted

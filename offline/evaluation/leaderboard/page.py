"""The leaderboard as a Markdown page: tables sorted by their first figure, and what they mean."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from offline.evaluation.baselines.interaction_matrix import MAX_MOVIES
from offline.evaluation.leaderboard.results import Result
from offline.metrics.bootstrap import MetricInterval

UP, DOWN = "↑", "↓"  # which way is better

LIKE_COLUMNS = {
    "auc": ("AUC", UP),
    "gauc": ("GAUC", UP),
    "pr_auc": ("PR-AUC", UP),
    "log_loss": ("log loss", DOWN),
    "calibration_error": ("calibration error", DOWN),
    "rmse": ("RMSE", DOWN),
}
LIST_COLUMNS = {
    "ndcg@10": ("NDCG@10", UP),
    "recall@20": ("Recall@20", UP),
    "hr@10": ("HR@10", UP),
    "map@10": ("MAP@10", UP),
    "mrr@10": ("MRR@10", UP),
}
QUALITY_COLUMNS = {
    "coverage@10": ("coverage", ""),
    "novelty@10": ("novelty, bits", ""),
    "diversity@10": ("diversity", ""),
    "popularity@10": ("popularity, ratings", ""),
    "gini@10": ("Gini", ""),
    "cold@10": ("cold", ""),
    "cold@20": ("cold of 20", ""),
}
TITLES = {
    "likes time": "Likes, split by time",
    "likes random": "Likes, split at random",
    "lists random": "Lists, a quarter of each movie's ratings at random",
    "lists time": "Lists, split by time",
    "lists last": "Lists, each user's last rating",
    "lists cold": "Lists for cold users",
}
DESCRIPTIONS = {
    "likes time": "The first 80 % of the ratings train, the next 10 % choose, the last 10 % test; "
    "features as of each rating.",
    "likes random": "The same shares at random; features from the train part alone.",
    "lists random": "75 % of each movie's ratings train; every other rating is relevant, seen "
    "movies are left out, k = 10: the protocol of the MovieLens table of `recommenders`.",
    "lists time": "The first 80 % of the ratings train; relevant are later likes, over users "
    "with a history.",
    "lists last": "Each user's last rating is to be found among all movies not yet rated, no "
    "sampled negatives; of ratings in one second any may be the last.",
    "lists cold": "NDCG@10 for users whose first 1, 3, 5 or 10 ratings are known: a tenth of the "
    "users each, relevant are their later likes.",
}


RANKING = ("baseline", "flow", "control", "ablation", "ranker")
"""Kinds of rows in the tables of the ranking stage, in this order; of the baselines the best."""

Differences = Mapping[str, Mapping[str, Mapping[str, MetricInterval]]]
"""By table, name of a row and figure: how much the row is above the linear control."""


@dataclass(frozen=True)
class PageHeader:
    """Header of the page."""

    dataset: str
    source: str
    counts: dict[str, int]
    seeds: tuple[int, ...]
    rounds: int  # of the bootstrap
    like_threshold: float


def page(
    header: PageHeader, results: Sequence[Result], pictures: Sequence[str], differences: Differences
) -> str:
    """The whole page; `pictures` are paths beside it."""
    parts = [_head(header), _best(results)]
    for table, title in TITLES.items():
        rows = [r for r in results if r.table == table]
        if rows:
            parts += [f"## {title}", DESCRIPTIONS[table], *_tables(table, rows)]
            parts += [f"![{title}]({p})" for p in pictures if f"/{table.replace(' ', '-')}" in p]
            if table in differences:
                parts += ["### The ranking stage", _ranking(table, rows, differences[table])]
    parts += ["## Reading it", _reading(header), _chosen(results)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(header: PageHeader) -> str:
    counts = header.counts
    return (
        f"# Leaderboard\n\n`sparrow leaderboard --seeds {len(header.seeds)}` on {header.dataset} "
        f"({counts['ratings']:,} ratings, {counts['users']:,} users, "
        f"{counts['movies']:,} movies; {header.source}). "
        "Written by that command; edit nothing here."
    )


def _best(results: Sequence[Result]) -> str:
    lines = []
    for table, title in TITLES.items():
        rows = [r for r in results if r.table == table]
        if rows:
            figure = _columns(table, rows)[0]
            best = max(rows, key=lambda r: r.figures[figure].value)
            simple = [r for r in rows if r.group == "baseline"]
            line = f"- {title}: **{best.name}**, {_name(table, figure)} {best.figures[figure]}"
            if simple and best.group != "baseline":
                other = max(simple, key=lambda r: r.figures[figure].value)
                line += f" (best baseline: {other.name}, {other.figures[figure]})"
            elif best.group == "baseline":
                line += ", a baseline"
            lines.append(line + ".")
    return "## Which one should I use?\n\n" + "\n".join(lines) if lines else ""


def _tables(table: str, rows: Sequence[Result]) -> list[str]:
    columns = _columns(table, rows)
    ordered = sorted(rows, key=lambda r: (-r.figures[columns[0]].value, r.name))
    header = [f"{_name(table, c)} {_direction(table, c)}".strip() for c in columns]
    tables = [_table(["", "kind", *header], _cells(ordered, columns))]
    qualities = [c for c in QUALITY_COLUMNS if all(c in r.figures for r in rows)]
    if qualities:
        head = ["", "kind", *(QUALITY_COLUMNS[c][0] for c in qualities)]
        cells = [[r.name, r.group, *(_plain(r.figures[c]) for c in qualities)] for r in ordered]
        tables.append(_table(head, cells))
    return tables


def _ranking(
    table: str, rows: Sequence[Result], against: Mapping[str, Mapping[str, MetricInterval]]
) -> str:
    """Each ranker with its difference to the linear control."""
    columns = list(next(iter(against.values())))

    def order(row: Result) -> tuple[int, float]:
        return RANKING.index(row.group), -row.figures[columns[0]].value

    chosen = sorted((row for row in rows if row.group in RANKING), key=order)
    baselines = [row for row in chosen if row.group == "baseline"]
    head = ["", "kind"]
    for column in columns:
        head += [f"{_name(table, column)} {_direction(table, column)}", "to the control"]
    cells = []
    for row in chosen:
        if row in baselines[1:]:
            continue
        pairs = ((str(row.figures[c]), against[row.name][c].signed()) for c in columns)
        cells.append([row.name, row.group, *itertools.chain(*pairs)])
    return _table(head, cells)


def _columns(table: str, rows: Sequence[Result]) -> list[str]:
    if table == "lists cold":
        return list(rows[0].figures)
    known = LIKE_COLUMNS if table.startswith("likes") else LIST_COLUMNS
    return [c for c in known if any(c in r.figures for r in rows)]


def _name(table: str, column: str) -> str:
    if table == "lists cold":
        return f"NDCG@10, {column}"
    return (LIKE_COLUMNS | LIST_COLUMNS)[column][0]


def _direction(table: str, column: str) -> str:
    return UP if table == "lists cold" else (LIKE_COLUMNS | LIST_COLUMNS)[column][1]


def _cells(rows: Iterable[Result], columns: Sequence[str]) -> list[list[str]]:
    return [
        [r.name, r.group, *(str(r.figures[c]) if c in r.figures else "–" for c in columns)]
        for r in rows
    ]


def _plain(figure: MetricInterval) -> str:
    return f"{figure.value:.3g}" if np.isfinite(figure.value) else "–"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    words = 2 if head[1] == "kind" else len(head)
    rule = ["---" if place < words else "---:" for place in range(len(head))]
    lines = [head, rule, *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _reading(header: PageHeader) -> str:
    if len(header.seeds) > 1:
        seeds = ", ".join(map(str, header.seeds))
        models = f"Models: mean over the seeds {seeds} ± 95 % interval by Student's t."
    else:
        models = f"Models: seed {header.seeds[0]}, 95 % interval of bootstrap draws of users."
    return (
        f"A like is a rating of {header.like_threshold:g} stars or more. {models} "
        f"Baselines and lists: 95 % interval of {header.rounds:,} bootstrap draws of users; "
        f"baselines of lists know the {MAX_MOVIES:,} most rated movies at most. "
        "Parameters and early stopping are chosen on a validation part of the training part; no "
        "test row is seen before it is scored.\n\n"
        "Rankers order the candidates that the signals propose: all the same ones, with the same "
        "signals, which are fitted on the training part, and trained on the same lists of the "
        "past. The linear control has one weight for the value and one for the rank of each "
        f"signal, whatever the context. {_of_rankers(header)} Differences to the control are "
        "paired: bootstrap draws of each user's difference. Without signals there are the "
        "features of user and movie, which need a network of the zoo.\n\n"
        "The flow is the product's own: training part → `sparrow data import` → `sparrow "
        "pipeline` → `sparrow recommend --users all`, for each user's last rating with `--at "
        "last-event`, else at the end of the training part. A channel is one recall source of it, "
        "by its own order. Coverage: share of the catalogue in some list. Novelty: mean bits of "
        "surprise that a user knows the movie. Diversity: one minus the mean cosine of two "
        "movies' genres in a list. Popularity: mean training ratings of the movies shown. Gini: "
        "inequality of how often movies are shown. Cold: share shown with fewer than five "
        "training ratings, of the first ten and of the first twenty."
    )


def _of_rankers(header: PageHeader) -> str:
    if len(header.seeds) == 1:
        return f"Seed {header.seeds[0]}."
    return (
        f"Rankers are means over the seeds {', '.join(map(str, header.seeds))}, of everything that "
        "is fitted; their intervals are of draws of users and seeds."
    )


def _chosen(results: Sequence[Result]) -> str:
    remarks = [[r.name, r.table, r.remark] for r in results if r.remark]
    if not remarks:
        return ""
    ordered = sorted(remarks, key=lambda row: (row[1], row[0]))
    return "## What validation chose\n\n" + _table(["", "table", "choice"], ordered)

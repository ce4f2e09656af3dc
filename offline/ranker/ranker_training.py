"""Trains the ranking part of a model: out of fold for its figures, then on all lists."""

from __future__ import annotations

import json
from pathlib import Path

import keras
import numpy as np

from offline.models.blocks.config import TrainConfig
from offline.models.registry import ModelSpec
from offline.ranker import gate_step
from offline.ranker.list_trainer import Fold, out_of_fold, scores_of, train_network
from offline.ranker.lists import step as lists_step
from offline.ranker.lists.ranking_lists import RankingLists
from offline.ranker.quality_check import by_situation, ndcg_by_list
from offline.runtime.step import RunContext
from offline.samples.sample_files import Samples

SCORES, METRICS_FILE = "list_scores.npy", "lists.json"


def train_ranker(
    context: RunContext, spec: ModelSpec, config: TrainConfig, samples: Samples, folder: Path
) -> keras.Model:
    """The model of all lists; writes out-of-fold SCORES and METRICS_FILE, NDCG by situation."""
    ranking = RankingLists.load(context.output_of(lists_step.NAME))
    gates = context.output_of(gate_step.NAME)
    found = []
    for number, fold in enumerate(Fold.each(ranking)):
        gate = gate_step.load_gate(gates, str(number))
        found.append(scores_of(train_network(fold, samples, spec.build, config, gate), fold))
    scores = out_of_fold(found)
    np.save(folder / SCORES, scores)
    figures = by_situation(ranking.lists, ndcg_by_list(ranking.lists, scores))
    (folder / METRICS_FILE).write_text(json.dumps(figures, indent=2))
    gate = gate_step.load_gate(gates, gate_step.WHOLE)
    return train_network(Fold.whole(ranking), samples, spec.build, config, gate)


def list_ndcg_of(folder: Path) -> float:
    """Mean over the situations of a trained model's NDCG on lists of users it had not seen."""
    figures: dict[str, float] = json.loads((folder / METRICS_FILE).read_text())
    return float(np.mean(list(figures.values()))) if figures else float("nan")

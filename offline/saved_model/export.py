"""A trained model as a SavedModel: plain TensorFlow graphs, laid out as TF Serving reads them.

serving_default   every feature with the same first axis n → `score` (n,), the probability of a like
                  once watched; models of two tasks also `watch` (n,), the probability of that
rank              `signals` (n, 2 S), `context` (1, columns), user and context features with first
                  axis 1, movie features with n, of all of these what the model uses → `score` (n,),
                  which orders a list, and `components` (n, S + 1), what each signal, and last the
                  network, adds to it

In `rank` all that depends on the user alone is computed once, however many movies there are.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from offline.models.blocks.inputs import input_specs, list_specs
from sparrow.features.declarations import Entity, FeatureSet
from sparrow.system.files import atomic_folder

Graph = Any  # tf.types.experimental.ConcreteFunction


def export(
    predictor: keras.Model | None, ranker: keras.Model | None, features: FeatureSet, folder: Path
) -> None:
    """Writes the SavedModel of `predictor` (logits) and `ranker` (components), whole or not at all.

    Either may be missing: a split that is only measured has no ranker, the linear control predicts
    nothing.
    """
    graph, signatures = tf.Module(), {}
    if predictor is not None:
        graph.variables_of_predictor = predictor.variables
        signatures["serving_default"] = _likes(predictor, input_specs(features))
    if ranker is not None:
        graph.variables_of_ranker = ranker.variables
        specs = input_specs(features, (Entity.USER, Entity.CONTEXT)) | list_specs(single=True)
        signatures["rank"] = _order(ranker, {name: specs[name] for name in ranker.input})
    with atomic_folder(folder) as temporary:
        tf.saved_model.save(graph, str(temporary), signatures)


def _likes(model: keras.Model, specs: dict[str, tf.TensorSpec]) -> Graph:
    """A graph for inputs of exactly these shapes; one function for all would keep the widest."""

    @tf.function(autograph=False)
    def score(**inputs: tf.Tensor) -> dict[str, tf.Tensor]:
        chances = tf.sigmoid(model(inputs, training=False))
        outputs = {"score": chances[:, -1]}
        return outputs | {"watch": chances[:, 0]} if chances.shape[1] > 1 else outputs

    return score.get_concrete_function(**specs)


def _order(model: keras.Model, specs: dict[str, tf.TensorSpec]) -> Graph:
    @tf.function(autograph=False)
    def rank(**inputs: tf.Tensor) -> dict[str, tf.Tensor]:
        components = model(inputs, training=False)
        return {"score": tf.reduce_sum(components, axis=1), "components": components}

    return rank.get_concrete_function(**specs)

"""A trained model as a SavedModel: plain TensorFlow graphs, laid out as TF Serving reads them.

serving_default   every feature with the same first axis n
rank              the viewer's and the context's features with first axis 1, the movies' with n

Both give `score` (n,), the probability of a like once watched; models of two tasks also `watch`
(n,), the probability of that. In `rank` all that depends on the viewer alone is computed once,
however many movies there are.
"""

from __future__ import annotations

from pathlib import Path

import keras
import tensorflow as tf

from offline.models.inputs import input_specs
from sparrow.features import Entity, FeatureSet
from sparrow.files import atomic_folder


def export(model: keras.Model, features: FeatureSet, folder: Path) -> None:
    """Writes the SavedModel of a model of logits to `folder`, whole or not at all."""

    single = {"serving_default": (), "rank": (Entity.USER, Entity.CONTEXT)}
    signatures = {n: _scores(model, input_specs(features, e)) for n, e in single.items()}
    graph = tf.Module()
    graph.variables_of_model = model.variables
    with atomic_folder(folder) as temporary:
        tf.saved_model.save(graph, str(temporary), signatures)


def _scores(
    model: keras.Model, specs: dict[str, tf.TensorSpec]
) -> tf.types.experimental.ConcreteFunction:
    """A graph for inputs of exactly these shapes; one function for all would keep the widest."""

    @tf.function(autograph=False)
    def score(**inputs: tf.Tensor) -> dict[str, tf.Tensor]:
        chances = tf.sigmoid(model(inputs, training=False))
        outputs = {"score": chances[:, -1]}
        return outputs | {"watch": chances[:, 0]} if chances.shape[1] > 1 else outputs

    return score.get_concrete_function(**specs)

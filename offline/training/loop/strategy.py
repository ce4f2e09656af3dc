"""Over which devices a model is trained."""

from __future__ import annotations

from functools import cache
from typing import Literal

import keras
import tensorflow as tf

from offline.training.loop.workers import WorkersModel

Strategy = Literal["none", "mirrored", "multi_worker"]


@cache  # workers can be joined only once in a process
def strategy_of(name: Strategy) -> tf.distribute.Strategy:
    """What shares out each batch, and adds up what the devices learn of it.

    none           one device
    mirrored       the GPUs of this machine, its CPUs where it has none
    multi_worker   the machines that the environment variable TF_CONFIG lists. Each runs the same
                   command on a data folder of its own with the same samples, and comes to the same
                   model.
    """
    if name == "mirrored":
        devices = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
        return tf.distribute.MirroredStrategy([device.name for device in devices])
    if name == "multi_worker":
        return tf.distribute.MultiWorkerMirroredStrategy()
    return tf.distribute.get_strategy()


def distributable(model: keras.Model, name: Strategy) -> keras.Model:
    """The same layers in a model that Keras can fit under this strategy."""
    return WorkersModel(model.input, model.output) if name == "multi_worker" else model

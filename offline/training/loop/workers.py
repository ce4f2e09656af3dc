"""A model that Keras can train over several machines."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf


class WorkersModel(keras.Model):
    """A built model, with a training step of its own.

    Keras 3 fits over several machines neither inputs by name (keras-team/keras#20329) nor scalar
    logs: it reduces both along a first axis that they lack.
    """

    train_function: Any

    def make_train_function(self, force: bool = False) -> Any:
        """A step that takes a batch from the iterator and gives the workers' mean logs."""
        if self.train_function is None or force:
            self.train_function = tf.function(self._step, autograph=False)
        return self.train_function

    def _step(self, iterator: Any) -> Any:
        workers = self.distribute_strategy
        logs = workers.run(self.train_step, args=(next(iterator),))
        return tf.nest.map_structure(lambda v: workers.reduce("MEAN", v, axis=None), logs)

    def _maybe_symbolic_build(self, *_: object, **__: object) -> None:
        """Nothing is left to build, and no batch is needed for it."""

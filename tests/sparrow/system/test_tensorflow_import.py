"""What importing TensorFlow to run graphs takes along, seen in a process of its own."""

import subprocess
import sys

IMPORTS = """
import sys
from sparrow.system.tensorflow_import import quiet_tensorflow, without_keras

with quiet_tensorflow(), without_keras():
    import tensorflow as tf
print("keras" in sys.modules, float(tf.function(lambda x: 2 * x)(tf.constant(1.5))))
import keras
print(keras.ops.sum([1.0, 2.0]).numpy(), tf.keras.__name__ != "")
"""


def test_a_process_that_runs_graphs_has_no_keras_until_it_asks_for_it():
    done = subprocess.run([sys.executable, "-c", IMPORTS], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["False", "3.0", "3.0", "True"]
    assert done.stderr == ""

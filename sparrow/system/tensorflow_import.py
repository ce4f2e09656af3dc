"""TensorFlow, imported without its notes to itself on the terminal, and without Keras."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

IGNORED_LOG_LINES = (
    b"oneDNN custom operations are on",
    b"All log messages before absl::InitializeLog()",
    b"This TensorFlow binary is optimized",
    b"To enable the following instructions",
)


@contextmanager
def quiet_tensorflow() -> Iterator[None]:
    """Import TensorFlow in this block; only its known notes are left out of standard error.

    Its C++ libraries write them to the file descriptor before any logging level counts.
    """
    if "tensorflow" in sys.modules:
        yield
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as caught:
        os.dup2(caught.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            caught.seek(0)
            for line in caught:
                if not any(note in line for note in IGNORED_LOG_LINES):
                    os.write(2, line)


@contextmanager
def without_keras() -> Iterator[None]:
    """Import TensorFlow in this block to run graphs only: it takes Keras along where it finds it.

    Keras costs time and memory, and is for those who train.
    """
    if "tensorflow" in sys.modules or "keras" in sys.modules:
        yield
        return
    sys.modules["keras"] = None  # type: ignore[assignment]  # makes an import fail
    try:
        yield
    finally:
        del sys.modules["keras"]

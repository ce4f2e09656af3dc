"""Products of matrices by one thread each."""

from __future__ import annotations

from threadpoolctl import threadpool_limits


def single_threaded_blas() -> threadpool_limits:
    """In this context NumPy's linear algebra starts no threads of its own.

    A request's products take microseconds, but threads that share one wait for each other in turns
    of the scheduler: on busy processors a thousand times as long. More cores are for more workers.
    """
    return threadpool_limits(1, user_api="blas")

"""A server leaves the processors to its workers, not to threads of single products."""

from __future__ import annotations

import pytest
from threadpoolctl import threadpool_info

pytestmark = pytest.mark.redis


def blas_threads() -> set[int]:
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def test_a_server_computes_products_by_one_thread_each(client):
    assert client.get("/health/live").status_code == 200
    assert blas_threads() == {1}

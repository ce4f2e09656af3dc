"""Towers that are hardly trained: these tests need their signal, not its worth."""

from collections.abc import Iterator
from functools import partial

import pytest

from offline.embeddings.two_tower import config
from offline.embeddings.two_tower.config import TwoTowerConfig


@pytest.fixture(scope="session", autouse=True)
def quick_towers() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(config, "TwoTowerConfig", partial(TwoTowerConfig, min_steps=5, max_steps=10))
        yield

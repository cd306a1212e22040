"""An engine on a tiny random checkpoint."""

import pytest
import torch
from asking import opened

from diffgem_engine.checkpoint.loading import load


@pytest.fixture(scope="module")
def checkpoint(checkpoint_folder):
    return load(checkpoint_folder, torch.device("cpu"))


@pytest.fixture
async def backend(checkpoint):
    async with opened(checkpoint) as backend:
        yield backend

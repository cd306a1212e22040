"""The bench on an accelerator: the same measurements over captured graphs and compiled loops."""

import json

import pytest
import torch

from diffgem_engine.__main__ import main
from diffgem_engine.bench.catalogue import OF_WEIGHTS

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no accelerator"),
    pytest.mark.filterwarnings("default"),  # torch's compiler warns of this and that
]


@pytest.mark.parametrize("quantize", ["none", "fp8"])
def test_every_measurement_of_weights(capsys, quantize):
    """Guards measurements that only a CPU can make."""
    shapes = ("--slots", "64", "--prefix", "64", "600", "--batch", "1", "2")
    code = main(
        [
            *("bench", "--random-weights", "tiny", "--device", "cuda", "--quick", "--json"),
            *("--quantize", quantize, *shapes),
        ]
    )
    found = json.loads(capsys.readouterr().out)
    assert (code, found["device"], found["dtype"]) == (0, "cuda", "bfloat16")
    assert set(found["measurements"]) == set(OF_WEIGHTS)

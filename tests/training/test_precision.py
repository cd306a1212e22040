"""In which precision a run multiplies."""

import pytest
import torch
from checkpoints import tiny_form
from tiny import tiny_model
from trainers import PLAN, trainer
from trainers import source as batches

from diffgem_engine.training.device import multiplies_bfloat16
from diffgem_engine.training.objective import Objective

KINDS = [
    ({"avx512_bf16": True}, True),
    ({"amx_bf16": True, "avx512_bf16": False}, True),
    ({"avx512_bf16": False, "avx512_f": True, "amx_tile": True}, False),
    ({"neon": True}, False),
]


@pytest.fixture(params=KINDS, ids=lambda kind: str(kind[0]))
def fast(request, monkeypatch):
    """A CPU of each kind, and whether it multiplies bfloat16."""
    can, fast = request.param
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: can)
    return fast


def test_a_cpu_that_multiplies_bfloat16_is_used_so(fast):
    """Guards half of the speed, and a CPU that would emulate it five times slower."""
    assert multiplies_bfloat16(torch.device("cpu")) is fast
    assert Objective(tiny_model(), tiny_form(), PLAN).mixed is fast
    assert Objective(tiny_model(), tiny_form(), PLAN, mixed=not fast).mixed is not fast


def test_a_gpu_multiplies_bfloat16_whatever_the_cpu_does(fast):
    assert multiplies_bfloat16(torch.device("cuda"))
    assert not multiplies_bfloat16(torch.device("meta"))


def test_a_run_says_in_what_it_multiplies(fast, train, source):
    """Guards two runs that are compared, one on each kind of machine, without a word."""
    code, said, _ = train("--source", str(source))
    assert code == 0
    assert (", products in bfloat16" in said) is fast


@pytest.mark.parametrize("phase", ["encoder", "joint"])
def test_a_loss_is_the_same_in_either_precision(tmp_path, phase):
    """Guards a `mixed` that changes nothing, or too much."""
    model, [ids, canvas] = trainer(tmp_path).model, next(batches().from_number(0, 1))
    exact, mixed = (
        Objective(model, tiny_form(), PLAN, mixed=each).loss(phase, 0, ids, canvas)[0]
        for each in (False, True)
    )
    assert exact != mixed
    torch.testing.assert_close(mixed, exact, rtol=0.02, atol=0.0)

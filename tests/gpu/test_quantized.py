"""Loading straight to an accelerator, and experts of few bits there: the path without a wait."""

import pytest
import torch
from published import small_config, write_sharded

from diffgem_engine.checkpoint.loading import load
from diffgem_engine.quantized.experts import QuantizedExperts
from diffgem_engine.quantized.scaled import multiplies
from diffgem_engine.training.native import native_format

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no accelerator"),
]
CPU, CUDA, BF16 = torch.device("cpu"), torch.device("cuda"), torch.bfloat16
SIZES = {"hidden_size": 256, "moe_intermediate_size": 128, "num_experts": 32, "top_k_experts": 4}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_sharded(tmp_path_factory.mktemp("published") / "small", small_config(**SIZES))


def read(folder, device, quantize="none"):
    return load(folder, device, BF16, native_format, quantize=quantize)


def experts(loaded) -> QuantizedExperts:
    return loaded.model.model.decoder.layers[0].experts


def routed(tokens):
    draw = torch.Generator().manual_seed(0)
    hidden = torch.randn(tokens, SIZES["hidden_size"], generator=draw).to(BF16)
    scores, chosen = torch.rand(tokens, SIZES["num_experts"], generator=draw).topk(4)
    return [part.to(CUDA) for part in (hidden, chosen, (scores / scores.sum(-1, keepdim=True)))]


@pytest.mark.parametrize("quantize", ["none", "fp8", "int4"])
def test_the_device_has_what_the_host_has(folder, quantize):
    """Guards codes that another device rounds otherwise."""
    ours, theirs = (read(folder, at, quantize).model.state_dict() for at in (CUDA, CPU))
    assert all(tensor.is_cuda for tensor in ours.values())
    for name, tensor in theirs.items():
        assert torch.equal(ours[name].cpu().view(torch.uint8), tensor.view(torch.uint8)), name


@pytest.mark.parametrize("quantize", ["none", "fp8", "int4"])
def test_loading_takes_little_beside_the_model(folder, quantize):
    """Guards a peak of two models."""
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    loaded = read(folder, CUDA, quantize)
    largest = loaded.model.lm_head.weight.nbytes + 4 * 8 * SIZES["hidden_size"] ** 2 * 32
    assert torch.cuda.max_memory_allocated() - before < 1.1 * loaded.nbytes + largest


@pytest.mark.parametrize("quantize", ["fp8", "int4"])
@pytest.mark.parametrize("tokens", [1, 8, 64, 256])
def test_the_path_without_a_wait_computes_the_plain_truth(folder, quantize, tokens):
    """Guards rows that grouped_mm leaves out, and any wait for the device."""
    few = experts(read(folder, CUDA, quantize))
    few.scaled = False
    given = routed(tokens)
    wanted = few._each(*given).float()
    torch.cuda.set_sync_debug_mode("error")
    try:
        found = few(*given)
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert (found.float() - wanted).norm() < 0.02 * wanted.norm()


@pytest.mark.parametrize("tokens", [8, 64, 256])
def test_products_of_eight_bit_floats_compute_nearly_the_truth(folder, tokens):
    """Guards what the library's product expects of scales and strides, and any wait."""
    if not multiplies(CUDA):
        pytest.skip("the device does not multiply eight-bit floats")
    few = experts(read(folder, CUDA, "fp8"))
    given = routed(tokens)
    wanted = few._each(*given).float()
    few.scaled = True
    torch.cuda.set_sync_debug_mode("error")
    try:
        found = few(*given)
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert (found.float() - wanted).norm() < 0.06 * wanted.norm()

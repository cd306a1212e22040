"""Experts in eight and four bits: what is stored, what is said again, and what is computed."""

import copy

import pytest
import torch
from tiny import UNIFORM, request, rich_model, run, tiny_model
from torch import nn

from diffgem_engine.checkpoint.skeleton import quantize_experts
from diffgem_engine.commands.loading import QUANTIZE
from diffgem_engine.core.engine import Engine
from diffgem_engine.core.forward.unfit import unfit
from diffgem_engine.core.runner import Runner
from diffgem_engine.quantized import quantization, scaled
from diffgem_engine.quantized.experts import QuantizedExperts
from diffgem_engine.quantized.quantization import WEIGHTS, Fp8Weight, Int4Weight

KINDS = ("fp8", "int4")
EXPERTS, WIDTH, INNER, CHOSEN = 6, 32, 16, 2


def weights(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)).to(torch.bfloat16)


def stored(kind, values):
    packed = WEIGHTS[kind](values.shape)
    for piece in packed.pieces():
        packed.store(piece, values[piece])
    return packed


def packed(experts, kind):
    """Of experts that are there: what the loader makes of them."""
    few = QuantizedExperts(experts, kind)
    for name in ("gate_up_proj", "down_proj"):
        whole, small = getattr(experts, name), getattr(few, name)
        for piece in small.pieces():
            small.store(piece, whole[piece].detach())
    return few


def dequantized(experts, few):
    """The stock experts over what the small weights say."""
    twin = copy.deepcopy(experts)
    for name in ("gate_up_proj", "down_proj"):
        values = getattr(few, name).load(slice(None), torch.float32)
        setattr(twin, name, nn.Parameter(values))
    return twin


def experts_of_a_layer():
    return rich_model().model.decoder.layers[0].experts


def routed(tokens, seed=0):
    """What a router says: hidden states, experts and weights of so many tokens."""
    draw = torch.Generator().manual_seed(seed)
    hidden = torch.randn(tokens, WIDTH, generator=draw)
    scores, chosen = torch.rand(tokens, EXPERTS, generator=draw).topk(CHOSEN)
    return hidden, chosen, scores / scores.sum(-1, keepdim=True)


def test_the_command_line_knows_every_kind():
    assert QUANTIZE == quantization.QUANTIZE == ("none", *WEIGHTS)


@pytest.mark.parametrize(("kind", "error"), [("fp8", 1 / 16), ("int4", 1 / 7)])
def test_what_is_stored_is_said_again_nearly(kind, error):
    """Guards values in the wrong place: each differs by half a step of its neighbours' largest."""
    values = weights(3, 10, 256)
    again = stored(kind, values).load(slice(None), torch.float32)
    group = 256 if kind == "fp8" else 128
    largest = values.float().abs().unflatten(-1, (-1, group)).amax(-1, keepdim=True)
    wrong = (again - values.float()).abs().unflatten(-1, (-1, group))
    assert (wrong <= error * largest).all()
    assert wrong.max() > 0
    picked = stored(kind, values).load(torch.tensor([2, 0]), torch.float32)
    assert torch.equal(picked, again[[2, 0]])
    assert stored(kind, values).load(slice(1, 2), torch.bfloat16).dtype == torch.bfloat16


def test_four_bits_hold_sixteen_values_exactly():
    """Guards codes that wrap, and halves of a byte that change places."""
    steps = torch.arange(-8, 8).repeat(2, 3, 8)  # [2, 3, 128]
    packed = stored("int4", steps.to(torch.bfloat16) * 0.25)
    assert packed.codes.shape == (2, 3, 64)
    assert torch.equal(packed.load(slice(None), torch.float32), steps * 0.25)
    mirrored = stored("int4", steps.to(torch.bfloat16) * -0.25)
    assert torch.equal(mirrored.load(slice(None), torch.float32), steps * -0.25)


@pytest.mark.parametrize("kind", KINDS)
def test_zeros_stay_zeros(kind):
    """Guards a division by the largest of nothing."""
    values = torch.zeros(2, 4, 64, dtype=torch.bfloat16)
    assert torch.equal(stored(kind, values).load(slice(None), torch.float32), values.float())


@pytest.mark.parametrize(("kind", "bits"), [("fp8", 8), ("int4", 4)])
def test_a_value_takes_so_many_bits(kind, bits):
    shape = torch.Size((2, 1408, 2816))
    with torch.device("meta"):
        packed = WEIGHTS[kind](shape)
    taken = 8 * sum(b.nbytes for b in packed.buffers()) / shape.numel()
    assert bits < taken < bits + 0.26
    assert packed.bits == bits


def test_pieces_are_all_of_it_and_bounded(monkeypatch):
    """Guards a peak that grows with the number of experts."""
    monkeypatch.setattr(quantization, "PIECE", 2 * 10 * 64)
    for packed in (Fp8Weight(torch.Size((5, 10, 64))), Int4Weight(torch.Size((5, 10, 64)))):
        assert [*packed.pieces()] == [slice(0, 2), slice(2, 4), slice(4, 5)]
    huge = Fp8Weight(torch.Size((2, 100, 64)))
    assert [*huge.pieces()] == [slice(0, 1), slice(1, 2)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("tokens", [1, 2, 7, 40])
def test_they_compute_what_experts_over_the_same_weights_do(kind, tokens):
    """Guards a token that gets another's expert."""
    few = packed(experts_of_a_layer(), kind)
    wanted = dequantized(experts_of_a_layer(), few)(*routed(tokens))
    assert torch.allclose(few(*routed(tokens)), wanted, atol=1e-8)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("tokens", [1, 2, 7, 40])
@pytest.mark.parametrize("piece", [1, 4 * 2 * INNER * WIDTH, 10**9])
def test_pieces_compute_what_expert_after_expert_does(kind, tokens, piece, monkeypatch):
    """Guards the path of GPUs, which runs here as well: rotated pairs and left-out experts."""
    few = packed(experts_of_a_layer(), kind)
    wanted = few._each(*routed(tokens))
    monkeypatch.setattr(quantization, "PIECE", piece)
    assert torch.allclose(few._grouped(*routed(tokens)), wanted, atol=1e-8)
    hidden, _, scores = routed(tokens)
    one = torch.full((tokens, CHOSEN), 3)
    wanted = few._each(hidden, one, scores)
    assert torch.allclose(few._grouped(hidden, one, scores), wanted, atol=1e-8)


@pytest.mark.parametrize("kind", KINDS)
def test_one_token_alone_is_one_among_others(kind):
    few = packed(experts_of_a_layer(), kind)
    hidden, chosen, scores = routed(5)
    alone = torch.cat([few(hidden[[i]], chosen[[i]], scores[[i]]) for i in range(5)])
    assert torch.allclose(alone, few._each(hidden, chosen, scores), atol=1e-8)


def test_encoder_and_decoder_share_what_they_shared():
    """Guards twice the memory."""
    with torch.device("meta"):
        model = type(rich_model())(rich_model().config)
    quantize_experts(model, "int4", "it")
    encoder, decoder = model.model.encoder.language_model.layers, model.model.decoder.layers
    assert all(one.experts is two.experts for one, two in zip(encoder, decoder, strict=True))
    assert len({layer.experts for layer in decoder}) == len(decoder)
    assert all(isinstance(layer.experts, QuantizedExperts) for layer in decoder)


def test_no_leaner_forward_is_taken_over_them():
    """Guards the embedded model with few bits: its one expert is no matrix that can be packed."""
    model = copy.deepcopy(tiny_model())
    assert unfit(model) is None
    for layer in model.model.decoder.layers:
        layer.experts = packed(layer.experts, "int4")
    assert unfit(model) == "quantized experts"


@pytest.mark.parametrize("kind", KINDS)
def test_the_engine_runs_on_them(kind):
    """Guards a forward that reaches into the experts."""
    model = copy.deepcopy(rich_model())
    encoder, decoder = model.model.encoder.language_model.layers, model.model.decoder.layers
    for one, two in zip(encoder, decoder, strict=True):
        one.experts = two.experts = packed(two.experts, kind)
    (ended,) = run(Engine(Runner(model), UNIFORM), request(40, steps=4))
    assert ended.error is None
    (plain,) = run(Engine(Runner(rich_model()), UNIFORM), request(40, steps=4))
    assert ended.result[3] != plain.result[3]


@pytest.mark.parametrize("tokens", [2, 7, 40])
def test_products_of_eight_bit_floats_are_nearly_the_same(tokens):
    """Guards a scale of another row, and an expert that gets another's tokens.

    The hidden states are rounded too: to a 16th of their size at most, mostly far less.
    """
    few = packed(experts_of_a_layer(), "fp8")
    wanted = few(*routed(tokens))
    few.scaled = True
    found = few(*routed(tokens))
    assert 0 < (found - wanted).norm() < 0.06 * wanted.norm()
    hidden, _, scores = routed(tokens)
    one = torch.full((tokens, CHOSEN), 3)
    wanted = few._each(hidden, one, scores)
    assert (few(hidden, one, scores) - wanted).norm() < 0.06 * wanted.norm()


def test_a_processor_makes_eight_bits_large_again():
    """Guards exactness that is given up where nothing is won, and four bits taken for eight."""
    assert not scaled.multiplies(torch.device("cpu"))
    few = packed(experts_of_a_layer(), "int4")
    few.scaled = True
    assert torch.equal(few(*routed(7)), few._each(*routed(7)))

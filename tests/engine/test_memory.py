"""What a model takes, said before any of it is there, and what is advised where it is too much."""

import copy
from functools import cache

import pytest
import torch
from published import full_config, small_config

from diffgem_engine.bench.published import CONFIG
from diffgem_engine.checkpoint import memory
from diffgem_engine.checkpoint.estimate import estimate
from diffgem_engine.checkpoint.loading import CheckpointError
from diffgem_engine.checkpoint.memory import Described, check_fits, room_for
from diffgem_engine.checkpoint.skeleton import quantize_experts, skeleton

CPU, BF16, FLOAT = torch.device("cpu"), torch.bfloat16, torch.float32
GB = 10**9


@cache
def big(quantize="none", dtype=BF16):
    model = skeleton(full_config().to_dict(), dtype, "it")
    quantize_experts(model, quantize, "it")
    return model


def planned(quantize, tokens=8192):
    return estimate(big(quantize), tokens)


@cache
def fewer_layers():
    """As wide as the big one, and built in a fifth of the time."""
    config = copy.deepcopy(CONFIG)
    config["text_config"] |= {"num_hidden_layers": 6, "layer_types": None}
    return Described("the-big-one", config)


@cache
def need(quantize, dtype=BF16):
    return estimate(fewer_layers().skeleton(dtype, quantize), 8192).total


def check(free, monkeypatch, dtype=BF16, quantize="none"):
    monkeypatch.setattr(memory, "free_bytes", lambda _: free)
    check_fits(fewer_layers(), fewer_layers().skeleton(dtype, quantize), CPU, quantize)


def gib(nbytes):
    return f"{nbytes / 2**30:.1f} GiB"


@pytest.mark.parametrize(("quantize", "experts"), [("none", 45.7), ("fp8", 22.9), ("int4", 11.9)])
def test_the_parts_of_the_big_one(quantize, experts):
    """Guards an estimate that leaves a part out: each is what its shapes say, in GB."""
    found = planned(quantize)
    assert found.weights["experts"] / GB == pytest.approx(experts, abs=0.05)
    others = {"embeddings": 1.48, "attention": 2.22, "dense layers": 1.11}
    for kind, size in others.items():
        assert found.weights[kind] / GB == pytest.approx(size, abs=0.01), kind
    assert found.weights["norms and routers"] < 0.03 * GB
    assert "pictures" not in found.weights
    assert sum(found.parts.values()) == found.total


def test_with_four_bits_it_fits_18_gb_at_a_prompt_of_8k():
    """Guards the promise; a second prompt in the cache takes its keys and values once more."""
    found = planned("int4")
    assert found.total <= 18 * GB
    parts = {name: round(nbytes / GB, 2) for name, nbytes in found.parts.items()}
    assert parts == {
        "experts": 11.89, "embeddings": 1.48, "attention": 2.22, "dense layers": 1.11,
        "norms and routers": 0.02, "a prompt's keys and values": 0.43,
        "their copy for the canvas": 0.38, "scratch": 0.4,
    }  # fmt: skip


def test_a_float32_model_takes_twice_as_much():
    assert estimate(big(dtype=FLOAT), 0).all_weights == pytest.approx(
        2 * planned("none").all_weights
    )


def test_with_pictures_they_count():
    """Guards fine-tuning on a device that is full."""
    found = estimate(skeleton(full_config().to_dict(), BF16, "it", pictures=True), 8192)
    assert found.weights["pictures"] / GB == pytest.approx(1.15, abs=0.01)
    without = {kind: size for kind, size in found.weights.items() if kind != "pictures"}
    assert without == planned("none").weights


@pytest.mark.parametrize(("given", "fits"), [("none", "fp8"), ("none", "int4"), ("fp8", "int4")])
def test_a_refusal_names_the_quantization_that_fits(monkeypatch, given, fits):
    """Guards advice that does not help."""
    free = need(fits)
    with pytest.raises(CheckpointError) as refused:
        check(free, monkeypatch, quantize=given)
    said = str(refused.value)
    assert f"use --quantize {fits} (about {gib(free)}), a smaller checkpoint or" in said
    assert f"the-big-one needs about {gib(need(given))} on cpu in bfloat16" in said
    assert f"{gib(free)} are free" in said
    assert "\n" not in said


@pytest.mark.parametrize("quantize", ["none", "int4"])
def test_where_nothing_fits_nothing_is_promised(monkeypatch, quantize):
    with pytest.raises(CheckpointError, match="are free; use a smaller checkpoint or a machine"):
        check(need("int4") - 1, monkeypatch, quantize=quantize)


@pytest.mark.parametrize("fits", ["none", "int4"])
def test_in_float32_another_dtype_comes_first(monkeypatch, fits):
    """Guards weights made worse where a smaller dtype would do."""
    more = "" if fits == "none" else f"--quantize {fits} "
    with pytest.raises(CheckpointError, match=rf"use --dtype bfloat16 {more}\(about \d"):
        check(need(fits), monkeypatch, FLOAT)


def test_what_fits_is_not_refused(monkeypatch):
    check(need("int4"), monkeypatch, quantize="int4")


def test_room_is_demanded_for_a_usual_prompt_and_not_for_the_longest():
    """Guards a model that is refused for prompts that nobody asks."""
    assert room_for(big()) == memory.LONGEST_ROOM == 8192
    assert room_for(skeleton(small_config().to_dict(), BF16, "it")) == 1024 - 256
    assert room_for(skeleton(small_config(max_position_embeddings=9).to_dict(), BF16, "it")) == 0
    needs = [planned("none", tokens=tokens).total for tokens in (512, 8192, 261_888)]
    assert needs == sorted(needs)
    assert needs[-1] < 65 * GB, "sliding layers keep a window of the longest prompt"


def test_experts_that_cannot_be_halved_are_refused():
    """Guards a traceback from deep inside."""
    config = small_config(moe_intermediate_size=15).to_dict()
    quantize_experts(skeleton(config, FLOAT, "it"), "fp8", "it")
    with pytest.raises(CheckpointError, match="it takes no --quantize int4: 15 inputs are odd"):
        quantize_experts(skeleton(config, FLOAT, "it"), "int4", "it")

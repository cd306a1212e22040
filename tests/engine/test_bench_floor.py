"""The floor of a denoising step against what a step is seen to read and to multiply."""

import pytest
import torch
from tiny import WINDOW, rich_model, tiny_model
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode

from diffgem_engine.bench import driving
from diffgem_engine.bench.hardware import bandwidth, rate
from diffgem_engine.bench.random_weights import random_checkpoint
from diffgem_engine.bench.routing import experts_chosen
from diffgem_engine.bench.setup import Setup
from diffgem_engine.bench.work import Shape, work_of
from diffgem_engine.core.cores import Halves
from diffgem_engine.core.forward.stock import StockForward
from diffgem_engine.core.runner import Runner

CPU, F32 = torch.device("cpu"), torch.float32
# What copies nothing and reads nothing: only what is computed with counts.
VIEWS = ("view", "t", "transpose", "slice", "select", "expand", "unsqueeze", "squeeze", "detach")
VIEWS += (
    "alias",
    "permute",
    "as_strided",
    "_unsafe_view",
    "split",
    "chunk",
    "unbind",
    "lift_fresh",
)


class Touched(TorchDispatchMode):
    """Every byte of a model's decoder that an operation is given, and how many different."""

    def __init__(self, model):
        super().__init__()
        parts = (model.model.decoder, model.lm_head)
        tensors = [t for part in parts for t in part.state_dict().values()]
        self._starts = {t.data_ptr(): t.nbytes for t in tensors}
        self._seen = {start: torch.zeros(n, dtype=torch.bool) for start, n in self._starts.items()}

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if func._schema.name.removeprefix("aten::") not in VIEWS:
            for arg in args:
                self._note(arg)
        return func(*args, **(kwargs or {}))

    def _note(self, arg):
        if isinstance(arg, torch.Tensor) and arg.numel():
            for start, size in self._starts.items():
                if start <= arg.data_ptr() < start + size:
                    at = arg.data_ptr() - start
                    self._seen[start][at : at + arg.numel() * arg.element_size()] = True

    @property
    def nbytes(self):
        return sum(int(seen.sum()) for seen in self._seen.values())


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    """One product an expert, only those chosen: grouped products are handed all of them."""
    for model in (tiny_model(), rich_model()):
        monkeypatch.setattr(model.config.text_config, "_experts_implementation", "eager")


def a_setup(model):
    """Over a model of the tests, whose form and sampling are those of random weights."""
    setup = Setup(random="tiny", quick=True, on=CPU)
    checkpoint = random_checkpoint("tiny", CPU, F32)
    text = model.config.text_config
    form = type(checkpoint.form)(
        vocab=text.vocab_size, prompt_tokens=192, suffix_tokens=0, head_tokens=0, noise="uniform"
    )
    setup.checkpoint = type(checkpoint)(
        "test", model, checkpoint.tokenizer, form, checkpoint.sampling
    )
    return setup


def a_step(setup, slots, prompt, rows):
    """An engine about to take one more step of `rows` canvases, through transformers' modules."""
    ids = [[(7 * row + i) % 90 for i in range(prompt)] for row in range(rows)]
    requests = [driving.request(setup, one, slots, seed=n) for n, one in enumerate(ids)]
    runner = Runner(setup.checkpoint.model, StockForward(setup.checkpoint.model))
    engine = driving.warmed_engine(setup, requests, runner)
    return engine, requests


@pytest.mark.parametrize("make", [tiny_model, rich_model])
@pytest.mark.parametrize(("slots", "prompt", "rows"), [(8, 64, 1), (16, 128, 1), (16, 64, 2)])
def test_the_floor_counts_what_a_step_touches(make, slots, prompt, rows):
    """Guards a floor that is too low, and flatters nobody, or too high, and flatters us."""
    setup = a_setup(make())
    model = setup.checkpoint.model
    engine, requests = a_step(setup, slots, prompt, rows)
    requests = [driving.request(setup, r.prompt, slots, seed=r.seed, steps=1) for r in requests]
    kv = {}  # by prompt, as the decoder is given it: no sliding layer shows more than its window
    for each in requests:
        padded = engine._runner.pad(engine.cache.match(each.prompt).payload, each.bucket)
        kinds = model.config.text_config.layer_types
        kv[each.prompt] = sum(
            2 * keys.shape[1] * padded.lengths[kind] * keys.shape[3] * keys.element_size()
            for kind, (keys, _) in zip(kinds, padded.layers, strict=True)
        )
    chosen = experts_chosen(setup, requests)
    work = work_of(model, Shape(slots, prompt, rows), chosen)
    counted = FlopCounterMode(display=False)  # it knows products alone, and no attention on a CPU
    with sdpa_kernel(SDPBackend.MATH), Touched(model) as touched, counted:
        driving.drive(setup, engine, requests)
    assert touched.nbytes + sum(kv[each.prompt] for each in requests) == work.nbytes
    assert counted.get_total_flops() == work.flops


def test_a_sliding_layer_shows_its_window_alone():
    """Guards bytes of positions that no slot sees."""
    model = rich_model()
    near = work_of(model, Shape(8, WINDOW - 1), 6)
    far = work_of(model, Shape(8, WINDOW + 99), 6)
    full = model.model.decoder.layers[-1].self_attn.k_proj
    kinds = model.config.text_config.layer_types
    assert far.nbytes - near.nbytes == 100 * 2 * full.out_features * 4 * kinds.count(
        "full_attention"
    )


def test_an_expert_is_read_once_a_step(monkeypatch):
    """Guards experts that are counted once for each half of a batch, more than there are."""
    setup = a_setup(rich_model())
    _, requests = a_step(setup, 16, 64, 4)
    together = experts_chosen(setup, requests)
    monkeypatch.setattr(Halves, "of", lambda _: Halves(at_once=True))
    assert experts_chosen(setup, requests) == together
    text = rich_model().config.text_config
    assert together <= text.num_experts * text.num_hidden_layers


@pytest.mark.parametrize("slots", [1, 5])
def test_padding_chooses_no_expert(slots):
    """Guards experts that only a bucket's spare slots have chosen."""
    setup = a_setup(rich_model())
    requests = [driving.request(setup, range(20), slots)]
    layers, most = 3, slots * setup.checkpoint.model.config.text_config.top_k_experts
    assert requests[0].bucket.slots > slots
    assert layers <= experts_chosen(setup, requests) <= layers * most


def test_quantized_experts_count_as_they_are_stored():
    """Guards a floor of weights that are no longer there."""
    models = [random_checkpoint("tiny", CPU, F32, kind).model for kind in ("none", "fp8", "int4")]
    layers, (exact, eight, four) = 6, [work_of(m, Shape(8, 64), 10) for m in models]
    experts = models[0].model.decoder.layers[0].experts
    values = (experts.gate_up_proj.numel() + experts.down_proj.numel()) / 32
    outputs = experts.gate_up_proj.shape[1] + experts.down_proj.shape[1]
    assert exact.nbytes - eight.nbytes == 10 * (4 * values - values - 4 * outputs)
    assert eight.nbytes > four.nbytes
    assert exact.flops == eight.flops == four.flops
    assert len(models[0].model.decoder.layers) == layers


def test_the_device_is_measured():
    """Guards a floor over nothing."""
    assert bandwidth(CPU, F32, 1) > 0
    assert rate(CPU, F32) > 0

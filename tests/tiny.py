"""A DiffusionGemma small enough for every test, and how to run requests on it."""

import copy
import random
from functools import cache
from typing import NamedTuple

import torch
from transformers import DiffusionGemmaForBlockDiffusion, DiffusionGemmaTextConfig

from diffgem_engine.core.canvas import (
    Canvas,
    HoleSlots,
    PinnedIds,
    build_canvas,
    build_continuation,
    build_review,
)
from diffgem_engine.core.engine import Engine, Events
from diffgem_engine.core.request import InfillIds
from diffgem_engine.core.runner import Runner
from diffgem_engine.core.sampler import SamplingParams
from diffgem_engine.core.sequence import Outcome, Sequence
from diffgem_engine.formats.native import InfillFormat
from diffgem_engine.formats.pinned import PinnedFormat
from diffgem_engine.training.architecture import Size, small_config

torch.set_num_threads(1)  # more of them only wait for each other at this size

VOCAB, WINDOW = 97, 16
FIRST_TEXT_ID = 16  # below it: special ids
SIZE = Size(
    vocab=VOCAB,
    hidden=32,
    layers=3,
    heads=2,
    kv_heads=1,
    head_dim=16,
    mlp=48,
    expert=8,
    window=WINDOW,
    positions=512,
)
UNIFORM = InfillFormat(VOCAB, prompt_tokens=256, suffix_tokens=32, head_tokens=8, noise="uniform")
MARKED = InfillFormat(VOCAB, prompt_tokens=256, suffix_tokens=32, head_tokens=8, noise="marked")
ABSORBING = InfillFormat(VOCAB, prompt_tokens=256, suffix_tokens=32, head_tokens=8)
PINNED = PinnedFormat(
    vocab=VOCAB,
    prompt_tokens=256,
    head_tokens=12,
    guesses=4,
    pad=0,
    bos=2,
    eos=1,
    marks=(),
    noise_range=(0, VOCAB),
)


@cache
def tiny_model(size=SIZE):
    """Random weights, the same every time; nobody may change them.

    Scaled so that a canvas depends on its prompt, accepts more slots step by step and settles
    after 20 to 40 of them: at their own scale every token is about as likely as any other.  Not
    scaled as training does it: a better start of a run is no other model for every test.
    """
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(0)
        model = DiffusionGemmaForBlockDiffusion(small_config(size)).eval()
        model.model.decoder.embed_tokens.weight.normal_(std=0.6)
        for layer in model.model.decoder.layers:
            layer.post_attention_layernorm.weight.fill_(0.6)
            layer.post_feedforward_layernorm.weight.fill_(0.6)
    return model


def rich_config(vocab=VOCAB):
    """A config in the shape of the published one: many experts, larger heads in full layers."""
    config = small_config(SIZE)
    config.text_config = DiffusionGemmaTextConfig(
        vocab_size=vocab,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=8,
        global_head_dim=16,
        num_global_key_value_heads=1,
        layer_types=config.text_config.layer_types,
        sliding_window=WINDOW,
        max_position_embeddings=512,
        num_experts=6,
        top_k_experts=2,
        moe_intermediate_size=16,
        pad_token_id=0,
        eos_token_id=1,
        bos_token_id=2,
    )
    return config


@cache
def rich_model(vocab=VOCAB):
    """Random weights, scaled as those of `tiny_model`; nobody may change them."""
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(0)
        model = DiffusionGemmaForBlockDiffusion(rich_config(vocab)).eval()
        model.model.decoder.embed_tokens.weight.normal_(std=0.6)
        for layer in model.model.decoder.layers:
            layer.post_attention_layernorm.weight.fill_(0.6)
            layer.post_feedforward_layernorm.weight.fill_(0.6)
            layer.router.proj.weight.normal_()
    return model


@cache
def wordy_model():
    """The same, for the autoregressive path: random weights say the last token again for ever.

    So the head is untied, and what was read long ago weighs as much as what was read last.
    """
    model = copy.deepcopy(tiny_model())
    with torch.no_grad():
        head = torch.randn(VOCAB, SIZE.hidden, generator=torch.Generator().manual_seed(1))
        model.lm_head.weight = torch.nn.Parameter(head)
        for layer in model.model.encoder.language_model.layers:
            layer.post_attention_layernorm.weight.fill_(6.0)
    return model


@cache
def tiny_runner():
    return Runner(tiny_model())


def tiny_engine(form=UNIFORM, **parts):
    return Engine(tiny_runner(), form, **parts)


class Ended(NamedTuple):
    """What an owner hears at last."""

    sequence: Sequence
    outcome: Outcome
    error: BaseException | None

    @property
    def result(self):
        """All that a request's answer is made of."""
        s = self.sequence
        return self.outcome, s.step, s.filled(), s.confidence


def submit(engine, request, ended, stepped=lambda _: None):
    """Add a request whose end is appended to `ended`."""
    sequence = engine.sequence(request)
    engine.add(sequence, Events(lambda *end: ended.append(Ended(*end)), stepped))
    return sequence


def run(engine, *requests):
    """Run requests together to their ends, which come in the order of the requests."""
    ended = []
    order = [submit(engine, request, ended) for request in requests]
    while not engine.idle:
        engine.step()
    return sorted(ended, key=lambda end: order.index(end.sequence))


def text_ids(count, seed=0):
    draw = random.Random(seed)
    return tuple(draw.randrange(FIRST_TEXT_ID, VOCAB) for _ in range(count))


def open_canvas(slots):
    """Nothing pinned: what `generate` denoises."""
    return Canvas((0,) * slots, (False,) * slots, (range(slots),))


def pinned_canvas(form=UNIFORM, seed=0):
    """A pinned start, pinned text between two holes and a pinned suffix head."""
    parts = [
        HoleSlots(9, text_ids(3, seed)),
        PinnedIds(text_ids(4, seed + 1)),
        HoleSlots(5),
    ]
    return build_canvas(form, parts, text_ids(20, seed + 2))


def request(prompt, canvas=None, seed=0, drafts=(), **sampling):
    """`prompt`: ids, or how many random ones."""
    ids = text_ids(prompt, seed) if isinstance(prompt, int) else tuple(prompt)
    params = SamplingParams(**{"steps": 8, **sampling})
    return InfillIds(ids, canvas or open_canvas(16), params, seed, drafts=drafts)


def continuation(prompt, slots=12, start=(), seed=0, drafts=()):
    """A request on the autoregressive path; `prompt` as in `request`."""
    ids = text_ids(prompt, seed) if isinstance(prompt, int) else tuple(prompt)
    read, canvas = build_continuation(UNIFORM, ids, [HoleSlots(slots, tuple(start))])
    return InfillIds(tuple(read), canvas, SamplingParams(), seed, "autoregressive", drafts)


def to_review(prompt, code, seed=0):
    """A request on the reviewing path; `prompt` as in `request`, and so is `code`."""
    ids = text_ids(prompt, seed) if isinstance(prompt, int) else tuple(prompt)
    read = text_ids(code, seed + 1) if isinstance(code, int) else tuple(code)
    return InfillIds(ids, build_review(read), SamplingParams(), seed, "review")

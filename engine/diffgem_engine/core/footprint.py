"""How much of the device's memory a sequence may take: known from its request alone."""

import torch
from attrs import frozen

from diffgem_engine.core.hypotheses import KEPT
from diffgem_engine.core.request import PROMPT_STRIDE, InfillIds
from diffgem_engine.core.runner import Runner

# Of the open slots' logits, in float32, a step holds at once: themselves, three times a piece that
# becomes probabilities (a small canvas is one piece), in the model's own dtype what the head gave
# and what becomes the next step's signal, and what a draw takes.
LOGITS = 6
# The prompt's KV stands there as it was read, as the cache keeps it, and padded for the decoder.
UNPADDED = 2
FLOAT32 = 4
# Of the free memory.  The rest is for what a pass computes on its way, and for what no allocator
# can put together; on a CPU other programs want memory too.
SHARES = {"cuda": 0.5}
SHARE = 0.5
CACHED = {"cuda": 0.35}
LEAST_CACHED = 256 * 2**20  # bytes of cached prompts: all that a small model has use for


@frozen
class Footprint:
    """Bytes, as the shapes of a model have it."""

    kv: int  # of a position, in all layers
    signal: int  # self-conditioning, of a slot
    vocab: int

    @classmethod
    def of(cls, runner: Runner) -> "Footprint":
        """Measured on one token: whatever kinds of layers a model has."""
        token = torch.tensor([0], device=runner.device)
        signal = runner.first_signal(token, token.bool(), None)
        return cls(runner.prefill([0]).nbytes, signal.nbytes, runner.vocab)

    def __call__(self, request: InfillIds) -> int:
        """Of all that `request` may hold at one time: an upper bound, of its last canvas."""
        if request.path == "autoregressive":
            return self._writing(request) + self._scoring(request)
        _, slots, padded, opened = request.bucket
        prompt = len(request.prompt)
        if request.rest is not None:
            slots = opened = request.rest.longest
            more = len(request.canvas) + request.rest.slots
            prompt, padded = prompt + more, padded + more + PROMPT_STRIDE
        rows = max(request.seeds, len(request.hypotheses))
        kv = (UNPADDED * prompt + rows * (padded + slots)) * self.kv
        canvas = 2 * slots * self.signal + LOGITS * opened * self.vocab * FLOAT32
        return kv + rows * canvas + self._scoring(request)

    def _writing(self, request: InfillIds) -> int:
        positions = len(request.prompt) + len(request.canvas)
        return (UNPADDED + 1) * positions * self.kv + LOGITS * self.vocab * FLOAT32

    def _scoring(self, request: InfillIds) -> int:
        """Of the drafts and of what is filled, in one row of tokens."""
        if not request.compares:
            return 0
        ways = max(1, min(KEPT, len(request.hypotheses)))
        after = len(request.canvas) - request.canvas.holes[0].stop + 1
        drafts = sum(len(draft) + after for draft in request.drafts)
        tokens = ways * (len(request.canvas) + 1) + drafts
        return tokens * (self.kv + 2 * self.vocab * FLOAT32)


def room(device: torch.device, free: int) -> int:
    """Of `free` bytes, those that sequences may take."""
    return int(free * SHARES.get(device.type, SHARE))


def cache_room(device: torch.device, free: int) -> int:
    """And those that cached prompts may take: one of 8,192 tokens takes a gigabyte of the big
    checkpoint's.
    """
    return max(LEAST_CACHED, int(free * CACHED.get(device.type, 0)))

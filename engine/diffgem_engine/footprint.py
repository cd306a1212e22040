"""How much of the device's memory a sequence may take: known from its request alone."""

import torch
from attrs import frozen

from diffgem_engine.runner import Runner
from diffgem_engine.sequence import InfillIds

# Of the open slots' logits, in float32, a step holds at once: as the head gives them, scaled, as
# log probabilities, as probabilities, their product, and what the next step is told.
LOGITS = 6
# The prompt's KV stands there as it was read, as the cache keeps it, and padded for the decoder.
COPIES = 3
FLOAT32 = 4
SHARES = {"cuda": 0.8}  # the rest: cached prompts, and what the allocator cannot put together
SHARE = 0.5  # on a CPU: other programs want memory too


@frozen
class Footprint:
    """Bytes, as the shapes of a model have it."""

    kv: int  # of a position, in all layers
    width: int  # of a self-conditioning signal
    vocab: int

    @classmethod
    def of(cls, runner: Runner) -> "Footprint":
        """Measured: the KV of one token says what the layers keep."""
        kv = runner.prefill([0]).nbytes
        return cls(kv, runner.width * runner.dtype.itemsize, runner.vocab)

    def __call__(self, request: InfillIds) -> int:
        """Of all that `request` may hold at one time: an upper bound, of its last canvas."""
        if request.path == "autoregressive":
            return self._writing(request) + self._scoring(request)
        _, slots, prompt, opened = request.bucket
        if request.rest is not None:
            slots = opened = request.rest.longest
            prompt += len(request.canvas) + request.rest.slots
        logits = LOGITS * opened * self.vocab * FLOAT32
        signals = 2 * slots * self.width
        return COPIES * prompt * self.kv + signals + logits + self._scoring(request)

    def _writing(self, request: InfillIds) -> int:
        positions = len(request.prompt) + len(request.canvas)
        return COPIES * positions * self.kv + LOGITS * self.vocab * FLOAT32

    def _scoring(self, request: InfillIds) -> int:
        """Of the drafts and of what is filled, in one row of tokens."""
        if not request.drafts:
            return 0
        tokens = len(request.canvas) + sum(len(draft) + 1 for draft in request.drafts)
        return tokens * (self.kv + 2 * self.vocab * FLOAT32)


def room(device: torch.device, free: int) -> int:
    """Of `free` bytes, those that sequences may take."""
    return int(free * SHARES.get(device.type, SHARE))

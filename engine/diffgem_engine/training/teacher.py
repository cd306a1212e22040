"""What a model itself writes into its canvases, step by step: targets to distil from.

Few steps accept several slots at once, each drawn without knowing the others.  Of real code many
continuations are likely, and slots drawn at once mix them; of what one model writes in many steps
there is one for each canvas, and a student of it agrees with itself (sequence-level knowledge
distillation, arXiv 1606.07947, as for other models that write in parallel, arXiv 1711.02281).
"""

import torch
from torch import Tensor

from diffgem_engine.formats.native import InfillFormat
from diffgem_engine.training.passes.forward import Forward
from diffgem_engine.training.passes.loss import CanvasTensors, decoder_masks, first_signal

STEPS = 12


class Teacher:
    """Fills canvases from the left, the likeliest token at every slot, in `STEPS` steps."""

    def __init__(self, model: Forward, form: InfillFormat) -> None:
        self._model, self._form = model, form
        ids = form.ids
        self._unsaid = [ids.bos, ids.hole, ids.suffix, ids.prefix]

    @torch.no_grad()
    def fill(self, ids: Tensor, canvas: CanvasTensors, seed: int = 0) -> Tensor:
        """Targets [rows, slots] with the model's own text where a canvas has an end to find.

        Code to repair and middles that go on beyond their canvas keep their targets.  `seed` is of
        the noise.
        """
        _, cache = self._model.encode(ids)
        masks = decoder_masks(canvas, ids.shape[1], self._model.window)
        mine = self._has_end(canvas) & ~canvas.pinned
        known, signal = first_signal(self._model, canvas._replace(hidden=mine), self._form.mark)
        stream = torch.Generator().manual_seed(seed)
        holes = _holes(mine, canvas.group)
        tokens = torch.where(mine, self._noise(mine, stream), canvas.targets)
        for step in range(1, STEPS + 1):
            hidden = self._model.denoise(tokens, signal, canvas.positions, cache, masks)
            logits = self._model.logits(hidden)
            logits[..., self._unsaid] = -torch.inf
            said = torch.where(mine, logits.argmax(-1), canvas.targets)
            kept = mine & ~self._behind_end(said, mine, holes)
            stands = _leading(kept, holes, step / STEPS)
            tokens = torch.where(mine & ~stands, self._noise(mine, stream), said)
            guess = self._model.soft_embedding(logits)
            signal = torch.where(canvas.pinned[:, :, None], known, guess)
        return torch.where(mine & ~kept, self._form.ids.pad, said)

    def _noise(self, like: Tensor, stream: torch.Generator) -> Tensor:
        """The same on every device."""
        noise = torch.randint(*self._form.noise_range, like.shape, generator=stream)
        return noise.to(like.device)

    def _has_end(self, canvas: CanvasTensors) -> Tensor:
        """Slots of canvases with an `<eom>` among their targets: [rows, slots]."""
        ends = ((canvas.targets == self._form.ids.eom) & ~canvas.pinned).long()
        counts = torch.zeros_like(ends).scatter_add(1, canvas.group, ends)
        return counts.gather(1, canvas.group) > 0

    def _behind_end(self, tokens: Tensor, mine: Tensor, holes: Tensor) -> Tensor:
        """The slots behind the first `<eom>` of their hole: [rows, slots]."""
        ends = (mine & (tokens == self._form.ids.eom)).long()
        return _place(ends, holes) > 0


def _holes(mine: Tensor, group: Tensor) -> Tensor:
    """A number for each run of slots that are all `mine` or all not, of one canvas."""
    fresh = torch.zeros_like(group)
    fresh[:, 1:] = (mine[:, 1:] != mine[:, :-1]) | (group[:, 1:] != group[:, :-1])
    return fresh.cumsum(1)


def _place(counted: Tensor, holes: Tensor) -> Tensor:
    """How many `counted` (0 or 1) slots of the same hole stand before each slot."""
    before = counted.cumsum(1) - counted
    first = torch.zeros_like(before).scatter_reduce(1, holes, before, "amin", include_self=False)
    return before - first.gather(1, holes)


def _leading(kept: Tensor, holes: Tensor, share: float) -> Tensor:
    """Of each hole's `kept` slots the first `share`, rounded up: [rows, slots]."""
    counted = kept.long()
    total = torch.zeros_like(counted).scatter_add(1, holes, counted).gather(1, holes)
    return kept & (_place(counted, holes) < (total * share).ceil())

"""Requests of several lengths filled by themselves, as the engine fills them among others."""

import torch
from attrs import frozen

from diffgem_engine.core.canvas import read_hole
from diffgem_engine.core.denoising import DiffusionPath
from diffgem_engine.core.hypotheses import HypothesesPath
from diffgem_engine.core.request import InfillIds
from diffgem_engine.core.runner import Runner
from diffgem_engine.core.sequence import Sequence, Trial
from diffgem_engine.formats.base import Format


@frozen
class Filler:
    """Nothing is kept from one request to the next, not even a prompt."""

    runner: Runner
    form: Format

    @torch.inference_mode()
    def tops(self, ids: InfillIds) -> dict[int, float]:
        """The mean top probability over the hole after one step, by open slots."""
        path = self._path(len(ids.hypotheses))
        [steps] = path.look([self._started(path, ids)])
        return {len(step.trial.sequence.canvas.open_slots): step.top for step in steps}

    @torch.inference_mode()
    def filled(self, ids: InfillIds, kept: int) -> Sequence:
        """With the `kept` trials that are surest after the first step, at their ends, the surest
        first.  Raises NoNumbers.
        """
        path = self._path(kept)
        sequence = self._started(path, ids)
        while sequence.outcome is None:
            [row] = path.look([sequence])
            sequence.outcome = path.advance(sequence, row)
        return sequence

    def middle(self, trial: Trial) -> list[int]:
        """To its end, where there is one."""
        [hole] = trial.sequence.canvas.holes
        return read_hole(self.form, trial.sequence.filled()[hole.start : hole.stop])[0]

    def _path(self, kept: int) -> HypothesesPath:
        return HypothesesPath(self.runner, DiffusionPath(self.runner, self.form), kept)

    def _started(self, path: HypothesesPath, ids: InfillIds) -> Sequence:
        sequence = Sequence(ids, torch.Generator(device=self.runner.device))
        sequence.kv = self.runner.prefill(ids.prompt)
        path.start(sequence, sequence.kv)
        return sequence

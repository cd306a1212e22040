"""When a canvas is done: its holes are stable and the model is sure of them.

Or, in the order `left`, all of their slots are accepted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, field

if TYPE_CHECKING:  # the sampler imports torch; requests and their scheduling do without
    from diffgem_engine.core.sampler import SamplingParams


@define
class Stopping:
    """Per sequence: the argmax hole of the latest steps.

    Judged on the open slots alone: the mean over a whole canvas would loosen by the share of it
    that is pinned (those slots have no entropy).
    """

    _history: list[tuple[int, ...]] = field(factory=list)

    def done(
        self,
        argmax: tuple[int, ...],
        mean_entropy: float,
        params: SamplingParams,
        *,
        complete: bool = False,
    ) -> bool:
        """Note this step's argmax hole; `mean_entropy` in nats, over the open slots.

        From the left every slot has been read with all that is left of it in view once the hole
        is `complete`: all of its slots are accepted.  That is the end, sure or not.
        """
        if params.order == "left":
            return complete
        recent = self._history[-params.stability :] if params.stability else []
        stable = len(recent) == params.stability and all(past == argmax for past in recent)
        self._history = [*recent, argmax]
        return stable and mean_entropy < params.confidence

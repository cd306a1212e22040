"""Quiet by design: whether a text is sure enough to be shown.

What the engine's checkpoint was fitted with (`diffgem-engine eval gate`) decides, or what the user
set.  Who asks by hand sees what there is, unless the user has set a least confidence.
"""

from attrs import frozen

from diffgem_engine.protocol import Candidate, Gate
from diffgem_lsp.options import Options

OPEN = Gate()


@frozen
class Doorkeeper:
    """For one request."""

    gate: Gate

    @classmethod
    def of(cls, options: Options, fitted: Gate | None, invoked: bool) -> "Doorkeeper":
        least = options.min_confidence
        if least is not None:
            return cls(Gate(least, least, least))
        return cls(OPEN if invoked or fitted is None else fitted)

    def refusal(self, candidate: Candidate) -> str:
        """Why it is not shown; empty if it is."""
        least = getattr(self.gate, candidate.origin, 0.0)
        if candidate.confidence < least:
            return f"confidence {candidate.confidence:.2f} is too low: below {least:.2f}"
        agreement = candidate.agreement
        if agreement is not None and agreement < self.gate.agreement:
            return f"the seeds disagree: {agreement:.0%} have this text"
        return ""

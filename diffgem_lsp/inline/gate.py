"""Quiet by design: whether a text is sure enough to be shown.

What the engine's checkpoint was fitted with (`diffgem-engine eval gate`) decides, or what the user
set.  Who asks by hand sees what there is, unless the user has set a least confidence.
"""

import math
from collections.abc import Mapping, Sequence

from attrs import evolve, frozen

from diffgem_engine.protocol import Candidate, Gate
from diffgem_lsp.inline.echo import echoes
from diffgem_lsp.options import Options
from diffgem_lsp.snapshots import Snapshot


@frozen
class Doorkeeper:
    """For the candidates of one hole, of a kind in words."""

    kind: str
    least: float = 0.0  # confidence
    agreement: float = 0.0
    weights: Mapping[str, float] | None = None  # None where nothing was fitted
    by_user: bool = False

    @classmethod
    def of(cls, options: Options, fitted: Gate | None, kind: str, *, invoked: bool) -> "Doorkeeper":
        weights = {each.name: each.value for each in fitted.weights} if fitted else None
        if options.min_confidence is not None:
            return cls(kind, options.min_confidence, 0.0, weights, by_user=True)
        if invoked or fitted is None:
            return cls(kind, weights=weights)
        return cls(kind, fitted.least, fitted.agreement, weights)

    @property
    def wants_scores(self) -> bool:
        """Whether it asks what the encoder says of a text."""
        return self.weights is not None

    @property
    def is_open(self) -> bool:
        return self.least == 0.0

    def for_unscored(self) -> "Doorkeeper":
        """For alternatives to a text that has passed."""
        return self if self.by_user else evolve(self, least=0.0, agreement=0.0)

    def confidence(self, candidate: Candidate) -> float:
        """How likely the text is right, where that was fitted; else what its writer says.

        Of a text that was not scored: what share of the seeds came to it.
        """
        if self.weights is None:
            return candidate.confidence
        if candidate.log_prob is None:
            return candidate.agreement or 0.0
        known = features(candidate.origin, self.kind, candidate.log_prob, _length(candidate))
        return _logistic(sum(self.weights.get(name, 0.0) * value for name, value in known.items()))

    def ranked(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """Those that are likelier right first, where that was fitted; of equals, as they came."""
        if self.weights is None:
            return list(candidates)
        return sorted(candidates, key=self.confidence, reverse=True)

    def drops_echo(self, text: str, snapshot: Snapshot) -> bool:
        """Whether `text` is not shown since it says the line above again."""
        return not self.is_open and echoes(text, snapshot)

    def refusal(self, candidate: Candidate) -> str:
        """Why it is not shown; empty if it is."""
        sure, agreement = self.confidence(candidate), candidate.agreement
        if sure < self.least:
            return f"confidence {two_digits(sure)} is too low: below {self.least:.2f}"
        if agreement is not None and agreement < self.agreement:
            return f"the model is undecided: {agreement:.0%} of its tries agree"
        return ""


def two_digits(confidence: float) -> str:
    """Cut off, not rounded: 0.199 is not `0.20`, which would not be below 0.20."""
    return f"{math.floor(100 * confidence + 1e-9) / 100:.2f}"


def features(origin: str, kind: str, log_prob: float, length: int) -> dict[str, float]:
    """What a `Gate` has weights of: see there."""
    said = {"log_prob": log_prob, "log_length": math.log1p(length)}
    of_origin = {f"{origin} {name}": value for name, value in said.items()}
    return {origin: 1.0, kind: 1.0, f"{origin} {kind}": 1.0, **said, **of_origin}


def _length(candidate: Candidate) -> int:
    return sum(map(len, candidate.texts))


def _logistic(total: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-500.0, total)))

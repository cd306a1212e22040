"""What is offered to the user, as the ledger hears of it."""

from attrs import field, frozen

from diffgem_lsp.acceptance.events import Shown

INLINE, POPUP, NEXT_EDIT, CODE_ACTION = "inline", "popup", "next edit", "code action"


@frozen
class Suggestion:
    """The document's `start` to `end` would become one of `texts`, the first above all."""

    kind: str
    start: int
    end: int
    texts: tuple[str, ...] = field(repr=False)
    hole: str = ""
    origin: str = ""
    trigger: str = "automatic"
    confidence: float | None = None
    agreement: float | None = None
    log_prob: float | None = None
    latency_ms: float | None = None

    def shown(self, identifier: str, at: float, language: str, model: str) -> Shown:
        """Without any text."""
        return Shown(
            identifier,
            at,
            kind=self.kind,
            language=language,
            hole=self.hole,
            origin=self.origin,
            trigger=self.trigger,
            model=model,
            confidence=_rounded(self.confidence),
            agreement=_rounded(self.agreement),
            log_prob=_rounded(self.log_prob),
            latency_ms=_rounded(self.latency_ms, 1),
            characters=len(self.texts[0]),
            lines=self.texts[0].count("\n") + 1,
            alternatives=len(self.texts),
        )


def _rounded(value: float | None, digits: int = 3) -> float | None:
    return None if value is None else round(value, digits)

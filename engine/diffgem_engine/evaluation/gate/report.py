"""What a gate is worth on files that it was not fitted to."""

from collections.abc import Sequence
from typing import Any

from attrs import asdict

from diffgem_engine.evaluation.gate.fitting import Look, NothingToFit, fit, worth
from diffgem_engine.evaluation.hole_figures import share
from diffgem_engine.protocol import Candidate, Gate
from diffgem_lsp.gate import Doorkeeper
from diffgem_lsp.options import Options

FOLDS = 5
OPEN = Gate(0.0, ())


def described(looks: Sequence[Look], holes: int, price: float) -> dict[str, Any]:
    """`gate` is fitted to all `looks`; `gated` are the figures of each fold behind a gate that was
    fitted to the others, `open` those without one.
    """
    gates = [_without(looks, fold, price) for fold in range(FOLDS)]
    kept = [each for each in looks if passes(each, gates[each.fold])]
    return {
        "price": price,
        "gate": asdict(fit(looks, price)),
        "open": _figures(looks, holes, price),
        "gated": _figures(kept, holes, price),
        "kinds": {
            kind: {"open": _figures(_kind(looks, kind), None, price),
                   "gated": _figures(_kind(kept, kind), None, price)}
            for kind in dict.fromkeys(each.kind for each in looks)
        },
    }  # fmt: skip


def _without(looks: Sequence[Look], fold: int, price: float) -> Gate:
    """Fitted to the other folds; one that lets everything by where those are too small."""
    try:
        return fit([each for each in looks if each.fold != fold], price)
    except NothingToFit:
        return OPEN


def passes(look: Look, gate: Gate) -> bool:
    """As the language server would have it."""
    door = Doorkeeper.of(Options(), gate, look.kind, invoked=False)
    text = Candidate(("",), 0.0, look.origin, look.log_prob, look.agreement)
    return not door.refusal(text)


def _kind(looks: Sequence[Look], kind: str) -> list[Look]:
    return [each for each in looks if each.kind == kind]


def _figures(looks: Sequence[Look], holes: int | None, price: float) -> dict[str, Any]:
    """`right` is the share of what is shown, `found` of all holes."""
    right = sum(each.right for each in looks)
    figures = {"shown": len(looks), "right": share([each.right for each in looks])}
    figures["worth"] = worth(looks, price)
    if holes:
        figures |= {"holes": holes, "shown_of_holes": len(looks) / holes, "found": right / holes}
    return figures

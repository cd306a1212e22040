"""What a gate is worth on files that it was not fitted to."""

from collections.abc import Sequence
from typing import Any

from attrs import asdict

from diffgem_engine.evaluation.gate.fitting import Look, fit, shown, worth
from diffgem_engine.evaluation.hole_figures import share

FOLDS = 5


def described(looks: Sequence[Look], holes: int, price: float) -> dict[str, Any]:
    """`gate` is fitted to all `looks`; `gated` are the figures of each fold behind a gate that was
    fitted to the others, `open` those without one.
    """
    gates = [fit([each for each in looks if each.fold != fold], price) for fold in range(FOLDS)]
    kept = [each for fold in range(FOLDS) for each in shown(_of(looks, fold), gates[fold])]
    return {
        "price": price,
        "gate": asdict(fit(looks, price)),
        "of_folds": [asdict(gate) for gate in gates],
        "open": _figures(looks, holes, price),
        "gated": _figures(kept, holes, price),
        "kinds": {
            kind: {"open": _figures(_kind(looks, kind), None, price),
                   "gated": _figures(_kind(kept, kind), None, price)}
            for kind in dict.fromkeys(each.kind for each in looks)
        },
    }  # fmt: skip


def _of(looks: Sequence[Look], fold: int) -> list[Look]:
    return [each for each in looks if each.fold == fold]


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

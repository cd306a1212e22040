"""What a gate is worth on files that it was not fitted to."""

from collections.abc import Sequence
from typing import Any

from attrs import asdict

from diffgem_engine.evaluation.gate.fitting import Look, NothingToFit, fit, worth
from diffgem_engine.evaluation.hole_figures import share
from diffgem_engine.protocol import Candidate, Gate
from diffgem_lsp.inline.gate import Doorkeeper
from diffgem_lsp.options import Options

FOLDS = 5
OPEN = Gate(0.0, ())


def described(looks: Sequence[Look], holes: int, price: float) -> dict[str, Any]:
    """`gate` is fitted to all `looks`.  `open` are the figures of what the engine ranks first;
    `ranked` of the likeliest text of each hole, and `gated` of those that are likely enough, both
    by a gate that was fitted to the other folds.
    """
    gates = [_without(looks, fold, price) for fold in range(FOLDS)]
    first = {each.hole: each for each in reversed(looks)}
    opened = list(first.values())
    ranked = [_likeliest(group, gates[group[0].fold]) for group in _by_hole(looks)]
    gated = [each for each in ranked if passes(each, gates[each.fold])]
    shown = {"open": opened, "ranked": ranked, "gated": gated}
    return {
        "price": price,
        "gate": asdict(fit(looks, price)),
        **{name: _figures(each, holes, price) for name, each in shown.items()},
        "kinds": {
            kind: {name: _figures(_kind(each, kind), None, price) for name, each in shown.items()}
            for kind in dict.fromkeys(each.kind for each in looks)
        },
    }


def _by_hole(looks: Sequence[Look]) -> list[list[Look]]:
    groups: dict[int, list[Look]] = {}
    for each in looks:
        groups.setdefault(each.hole, []).append(each)
    return list(groups.values())


def _without(looks: Sequence[Look], fold: int, price: float) -> Gate:
    """Fitted to the other folds; one that lets everything by where those are too small."""
    try:
        return fit([each for each in looks if each.fold != fold], price)
    except NothingToFit:
        return OPEN


def _likeliest(group: Sequence[Look], gate: Gate) -> Look:
    door = _door(group[0], gate)
    return max(group, key=lambda look: door.confidence(_candidate(look)))


def passes(look: Look, gate: Gate) -> bool:
    """As the language server would have it."""
    return not _door(look, gate).refusal(_candidate(look))


def _door(look: Look, gate: Gate) -> Doorkeeper:
    return Doorkeeper.of(Options(), gate, look.kind, invoked=False)


def _candidate(look: Look) -> Candidate:
    return Candidate(("x" * look.length,), 0.0, look.origin, look.log_prob, look.agreement)


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

"""Every way to choose a length on the same cases: how often it is right, and what it takes."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from attrs import frozen

from diffgem_engine.checkpoint.loading import Checkpoint
from diffgem_engine.evaluation.cases import LineCase
from diffgem_engine.evaluation.hole_figures import share, spread
from diffgem_engine.evaluation.lengths.filling import Filler
from diffgem_engine.evaluation.lengths.forms import Asked
from diffgem_engine.evaluation.lengths.ways import MEANINGS, Way
from diffgem_engine.evaluation.scores import paired_difference

Tick = Callable[[], None]


@frozen
class Tried:
    """What a way came to on one case."""

    right: bool
    right_length: bool
    ms: float  # from ids to ids, the prompt read anew


@frozen
class Family:
    """Ways that share a format."""

    name: str
    filler: Filler
    ways: Sequence[Way]


def tried(
    checkpoint: Checkpoint, families: Sequence[Family], cases: Sequence[LineCase], tick: Tick
) -> dict[str, dict[str, list[Tried]]]:
    """By family and way.  A case goes through all ways before the next one does, so that what else
    a machine does falls on all of them alike.
    """
    found: dict[str, dict[str, list[Tried]]] = {family.name: {} for family in families}
    for case in cases:
        for family in families:
            asked = Asked.of(checkpoint, family.filler.form, case)
            for way in family.ways:
                for name, one in _tried(checkpoint, family.filler, way, asked, case).items():
                    found[family.name].setdefault(name, []).append(one)
        tick()
    return found


def _tried(
    checkpoint: Checkpoint, filler: Filler, way: Way, asked: Asked, case: LineCase
) -> dict[str, Tried]:
    tokenizer, form = checkpoint.tokenizer, filler.form
    right = len(tokenizer.encode(case.expected))
    ids = asked.with_lengths(way.lengths(right), way.bias)
    began = time.perf_counter()
    sequence = filler.filled(ids, way.kept)
    filling = time.perf_counter() - began
    results = {}
    for name, choice in way.choices.items():
        began = time.perf_counter()
        scores = choice(sequence)
        seconds = filling + time.perf_counter() - began
        middle = filler.middle(sequence.trials[scores.index(max(scores))])
        text = form.read(tokenizer.decode(middle)).strip()
        results[name] = Tried(text == case.expected, len(middle) == right, 1000 * seconds)
    return results


def figures(found: dict[str, dict[str, list[Tried]]]) -> dict[str, Any]:
    """Shares are 0..1; `over` has each gain in exact match on the same cases with its 95% interval:
    over PILL of the same family, and over `<eom>` where the checkpoint was taught it.
    """
    ended = found.get("native", {}).get("<eom>")
    return {
        family: {
            name: {
                "means": MEANINGS[name],
                "exact_match": share([one.right for one in each]),
                "right_length": share([one.right_length for one in each]),
                "latency_ms": spread([one.ms for one in each]),
                "over": {
                    other: _over(each, others)
                    for other, others in (("PILL", ways.get("PILL")), ("<eom>", ended))
                    if others is not None
                },
            }
            for name, each in ways.items()
        }
        for family, ways in found.items()
    }


def _over(ours: Sequence[Tried], theirs: Sequence[Tried]) -> dict[str, Any]:
    """As Agresti and Min have it."""
    pairs = Counter((a.right, b.right) for a, b in zip(ours, theirs, strict=True))
    only_ours, only_theirs, n = pairs[True, False], pairs[False, True], len(ours)
    return {
        "gain": (only_ours - only_theirs) / n,
        "ci95": list(paired_difference(only_ours, only_theirs, n)),
    }

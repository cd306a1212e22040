"""`eval repair`: mistakes found and mended in clean code, and clean code left alone."""

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

from attrs import define, field, frozen

from diffgem_engine.evaluation import repair_figures
from diffgem_engine.evaluation.asked_holes import token_counts
from diffgem_engine.evaluation.asking import AskedEngine
from diffgem_engine.evaluation.chunks import Chunk
from diffgem_engine.evaluation.mistakes import KINDS, Mistake
from diffgem_engine.evaluation.reviewed import (
    BrokenReview,
    CleanReview,
    review_broken,
    review_clean,
)

SAMPLES = 20


@frozen
class RepairReport:
    """JSON all the way down.  All figures are of the second half of the chunks; `threshold`,
    the probability below which a token is flagged, was chosen on the first.
    """

    threshold: float
    chosen_on: dict[str, Any]
    model: dict[str, Any]
    kinds: dict[str, dict[str, Any]]
    baselines: dict[str, dict[str, Any]]
    latency_ms: dict[str, Any]
    samples: list[dict[str, Any]]


@define
class _Half:
    clean: list[CleanReview] = field(factory=list)
    broken: list[BrokenReview] = field(factory=list)


async def evaluate(
    engine: AskedEngine,
    chunks: Sequence[Chunk],
    mistakes: Sequence[Sequence[Mistake]],
    tick: Callable[[], None] = lambda: None,
) -> RepairReport:
    """`mistakes` of each of at least two chunks.  One review at a time.

    Raises what the engine raises.
    """
    tuned, tested = _Half(), _Half()
    for number, (chunk, wrong) in enumerate(zip(chunks, mistakes, strict=True)):
        half = tested if number % 2 else tuned
        half.clean.append(await review_clean(engine, chunk))
        tick()
        for mistake in wrong if half is tested else ():
            half.broken.append(await review_broken(engine, mistake))
            tick()
    equally_long = await _equally_long(engine, tested.broken)
    threshold = repair_figures.threshold_of(tuned.clean)
    return _report(tuned, tested, equally_long, threshold)


def requests(mistakes: Sequence[Sequence[Mistake]]) -> int:
    """How often `evaluate` calls `tick`."""
    return len(mistakes) + sum(map(len, mistakes[1::2]))


def _report(
    tuned: _Half, tested: _Half, equally_long: Sequence[bool], threshold: float
) -> RepairReport:
    def figures(kinds: Sequence[str]) -> dict[str, Any]:
        places = [i for i, each in enumerate(tested.broken) if each.mistake.kind in kinds]
        return repair_figures.broken_figures(
            [tested.broken[i] for i in places],
            [equally_long[i] for i in places],
            tested.clean,
            threshold,
        )

    clean = repair_figures.clean_figures(tested.clean, threshold)
    return RepairReport(
        threshold=threshold,
        chosen_on=repair_figures.clean_figures(tuned.clean, threshold),
        model={**figures([*KINDS]), **clean},
        kinds={kind: figures([kind]) for kind in KINDS},
        baselines=repair_figures.baselines(tested.broken),
        latency_ms=repair_figures.latency([*tested.clean, *tested.broken]),
        samples=[_sample(each, threshold) for each in tested.broken[:SAMPLES]],
    )


async def _equally_long(engine: AskedEngine, broken: Sequence[BrokenReview]) -> list[bool]:
    """Whether the right code of each has as many tokens as the broken code."""
    texts = chain.from_iterable((r.mistake.code, r.mistake.broken) for r in broken)
    counts = await token_counts(engine, [*texts])
    return [right == wrong for right, wrong in zip(counts[::2], counts[1::2], strict=True)]


def _sample(review: BrokenReview, threshold: float) -> dict[str, Any]:
    return {
        "kind": review.mistake.kind,
        "file": review.mistake.path,
        "right": review.right,
        "wrong": "".join(token.text for token in review.wrong),
        "better": review.better,
        "probability": min(token.probability for token in review.wrong),
        "found": review.is_found(threshold),
    }

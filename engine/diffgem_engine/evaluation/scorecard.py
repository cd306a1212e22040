"""Everything that decides on a checkpoint, measured in one run."""

from collections.abc import Callable, Sequence
from typing import Any

from attrs import field, frozen

from diffgem_engine.evaluation import holes as hole_evaluation
from diffgem_engine.evaluation.asking import AskedEngine
from diffgem_engine.evaluation.cuts import Hole
from diffgem_engine.protocol import Sampling

STEPS = (1, 2, 4, 8, 16)

Tick = Callable[[], None]


@frozen
class Scorecard:
    """`by_steps` has a row for each of `STEPS` and one, `default`, for the checkpoint's own.

    A row's keys are the columns that decide; `holes` is the whole report of the default row,
    baselines included.
    """

    about: dict[str, Any]
    holes: dict[str, Any]
    by_steps: dict[str, dict[str, Any]]
    kept_by_four_steps: float | None  # of the exact match of sixteen
    others: dict[str, Any] = field(factory=dict)  # further benchmarks by their names


async def measure(
    engine: AskedEngine, holes: Sequence[Hole], about: dict[str, Any], tick: Tick
) -> Scorecard:
    """Raises what the engine raises."""
    rows = {}
    for steps in STEPS:
        report = await hole_evaluation.evaluate(
            engine, holes, Sampling(steps=steps), with_baselines=False, tick=tick
        )
        rows[str(steps)] = row(report.model)
    whole = await hole_evaluation.evaluate(engine, holes, Sampling(), tick=tick)
    rows["default"] = row(whole.model)
    sixteen = rows["16"]["written_exact_match"]
    kept = rows["4"]["written_exact_match"] / sixteen if sixteen else None
    described = {
        "model": whole.model, "kinds": whole.kinds, "baselines": whole.baselines,
        "ratios": whole.ratios, "samples": whole.samples,
    }  # fmt: skip
    return Scorecard(about, described, rows, kept)


def requests(holes: int) -> int:
    """How often `measure` calls `tick`."""
    return holes * len(STEPS) + hole_evaluation.requests(holes, with_baselines=True)


def row(figures: dict[str, Any]) -> dict[str, Any]:
    """The columns that decide, out of the figures of all holes."""
    shown = sum(figures["origin"].values())
    others = shown - figures["origin"].get("denoised", 0)
    return {
        "exact_match": figures["exact_match"]["share"],
        "written_exact_match": figures["written_exact_match"]["share"],
        "edit_similarity": figures["edit_similarity"],
        "latency_p50_ms": figures["latency_ms"]["p50"],
        "latency_p95_ms": figures["latency_ms"]["p95"],
        "shown": figures["shown"],
        "validation_failures": 1 - figures["syntax_valid"]["before_filters"],
        "fallbacks": others / shown if shown else None,
        "steps": figures["steps"],
        "steps_per_retained": figures["cost_per_retained"]["steps"],
        "ms_per_retained": figures["cost_per_retained"]["ms"],
    }

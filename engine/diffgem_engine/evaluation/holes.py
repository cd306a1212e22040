"""`eval holes`: every kind of hole, through the path that users have, beside its baselines."""

from collections.abc import Callable, Sequence
from typing import Any

from attrs import frozen

from diffgem_engine.evaluation import hole_baselines
from diffgem_engine.evaluation.asked_holes import Answer, answer, token_counts
from diffgem_engine.evaluation.asking import AskedEngine
from diffgem_engine.evaluation.cuts import Hole
from diffgem_engine.evaluation.hole_figures import by_kind, figures
from diffgem_engine.protocol import Sampling

SAMPLES = 20


@frozen
class HolesReport:
    """`model` is the shipped path; JSON all the way down."""

    model: dict[str, Any]
    kinds: dict[str, dict[str, Any]]
    baselines: dict[str, Any]
    ratios: dict[str, float | None]
    samples: list[dict[str, Any]]


async def evaluate(
    engine: AskedEngine,
    holes: Sequence[Hole],
    sampling: Sampling,
    *,
    with_baselines: bool = True,
    tick: Callable[[], None] = lambda: None,
) -> HolesReport:
    """One request at a time, so that latencies are those of one user.

    Raises what the engine raises.
    """
    answers = []
    for hole in holes:
        answers.append(await answer(engine, hole, sampling))
        tick()
    wrote = await token_counts(engine, [each.written for each in answers])
    right = await token_counts(engine, [each.hole.expected for each in answers])
    tokens = list(zip(wrote, right, strict=True))
    compared = {}
    if with_baselines:
        compared = await hole_baselines.compare(engine, answers, sampling, tick)
    return HolesReport(
        model=figures(answers, tokens),
        kinds=by_kind(
            answers, lambda at: figures([answers[i] for i in at], [tokens[i] for i in at])
        ),
        baselines=compared,
        ratios=_ratios(answers, compared),
        samples=[_sample(each) for each in answers[:SAMPLES]],
    )


def requests(holes: int, *, with_baselines: bool) -> int:
    """How often `evaluate` calls `tick`."""
    return holes + (hole_baselines.requests(holes) if with_baselines else 0)


def _ratios(answers: Sequence[Answer], compared: dict[str, Any]) -> dict[str, float | None]:
    """Of exact matches: what the design is judged by."""
    if not answers or not compared:
        return {}
    written = sum(each.is_written_right for each in answers) / len(answers)
    shown = sum(each.is_right for each in answers) / len(answers)

    def of(value: float, name: str) -> float | None:
        base = compared[name]["exact_match"]["share"]
        return value / base if base else None

    return {
        "adaptive_of_oracle_length": of(written, "oracle_length"),
        "diffusion_of_autoregressive": of(written, "autoregressive"),
        "shipped_of_diffusion": shown / written if written else None,
        "shipped_of_copy": of(shown, "copy"),
        "shipped_of_copy_alike": of(shown, "copy_alike"),
    }


def _sample(answer: Answer) -> dict[str, Any]:
    before = answer.hole.prefix.rsplit("\n", 1)[-1].strip()
    return {
        "kind": answer.hole.kind,
        "file": answer.hole.file.path,
        "before": before,
        "expected": answer.hole.expected,
        "written": answer.written,
        "shown": answer.shown,
        "origin": answer.origin,
        "confidence": round(answer.confidence, 3),
    }

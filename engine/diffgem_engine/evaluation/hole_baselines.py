"""What the shipped path is measured against, on the same holes in the same run."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from diffgem_engine.evaluation import baselines
from diffgem_engine.evaluation.asked_holes import (
    Answer,
    is_same,
    is_valid,
    token_counts,
    written,
)
from diffgem_engine.evaluation.asking import AskedEngine
from diffgem_engine.evaluation.cases import LineCase
from diffgem_engine.evaluation.cuts import Hole
from diffgem_engine.evaluation.hole_figures import by_kind, share
from diffgem_engine.protocol import Sampling

FIXED = (8, 12, 16, 22, 32, 54)  # slots of a canvas, the same for every hole

Texts = list[str]
Tick = Callable[[], None]


def repeat(hole: Hole) -> str:
    """The line before once more; of it what follows the text that stands before the cursor."""
    return _continued(hole, baselines.repeat_previous(_case(hole)))


def copy(hole: Hole) -> str:
    """The line that followed the previous line the last time that it stood in the file."""
    return _continued(hole, baselines.copy_following(_case(hole)))


def copy_alike(hole: Hole) -> str:
    """The rest of that line of the file, the cursor's own left out, that most often starts as the
    cursor's line does.
    """
    typed = _typed(hole)
    if not typed:
        return ""
    around = [*hole.prefix.split("\n")[:-1], *hole.suffix.split("\n")[1:]]
    lines = [line.strip() for line in around]
    rests = Counter(line[len(typed) :] for line in lines if line.startswith(typed) and line > typed)
    return rests.most_common(1)[0][0] if rests else ""


COPIES: dict[str, Callable[[Hole], str]] = {
    "repeat": repeat, "copy": copy, "copy_alike": copy_alike,
}  # fmt: skip


async def compare(
    engine: AskedEngine, answers: Sequence[Answer], sampling: Sampling, tick: Tick
) -> dict[str, Any]:
    """Exact match of each, in all and by kind, and how much of it parses; `tick` is called after
    each request.

    `oracle_length` has a canvas as long as the right text and its end; `fixed_length` the one
    length of `FIXED` that did best.
    """

    async def with_slots(slots: Sequence[int], path: str = "diffusion") -> Texts:
        texts = []
        for answer, count in zip(answers, slots, strict=True):
            texts.append(await written(engine, answer, count, sampling, path))
            tick()
        return texts

    own = [answer.asked.slots for answer in answers]
    exact = await token_counts(engine, [answer.hole.expected for answer in answers])
    report = {
        "autoregressive": _scored(answers, await with_slots(own, "autoregressive")),
        "oracle_length": _scored(answers, await with_slots([count + 1 for count in exact])),
        "fixed_length": await _best_fixed(answers, with_slots),
    }
    for name, make in COPIES.items():
        report[name] = _scored(answers, [make(answer.hole) for answer in answers])
    return report


def requests(answers: int) -> int:
    """How often `compare` asks the engine."""
    return answers * (2 + len(FIXED))


async def _best_fixed(
    answers: Sequence[Answer], with_slots: Callable[[Sequence[int]], Awaitable[Texts]]
) -> dict[str, Any]:
    scores = {slots: _scored(answers, await with_slots([slots] * len(answers))) for slots in FIXED}
    best = max(scores, key=lambda slots: scores[slots]["exact_match"]["share"])
    return {
        **scores[best],
        "slots": best,
        "by_slots": {str(slots): score["exact_match"]["share"] for slots, score in scores.items()},
    }


def _scored(answers: Sequence[Answer], texts: Texts) -> dict[str, Any]:
    right = [is_same(t, a.hole.expected) for t, a in zip(texts, answers, strict=True)]
    valid = [is_valid(a.hole, t) for t, a in zip(texts, answers, strict=True)]
    return {
        "exact_match": share(right),
        "syntax_valid": sum(valid) / len(valid) if valid else None,
        "kinds": by_kind(answers, lambda places: share([right[i] for i in places])),
    }


def _case(hole: Hole) -> LineCase:
    return LineCase(hole.prefix, hole.suffix, hole.expected)


def _typed(hole: Hole) -> str:
    return hole.prefix.rsplit("\n", 1)[-1].lstrip()


def _continued(hole: Hole, line: str) -> str:
    typed = _typed(hole)
    return line[len(typed) :] if line.startswith(typed) else ""

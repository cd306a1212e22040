"""`eval next-edits`: half-done edits finished, and quiet where there is nothing to do."""

from collections.abc import Callable, Sequence
from typing import Any

from attrs import frozen

from diffgem_engine.evaluation.asking import AskedEngine
from diffgem_engine.evaluation.hole_figures import share, spread
from diffgem_engine.evaluation.next_edits import fitting
from diffgem_engine.evaluation.next_edits.asked import Answer, answer
from diffgem_engine.evaluation.next_edits.cases import Case
from diffgem_engine.evaluation.next_edits.drawing import FINISHED, MAKERS, UNDONE
from diffgem_engine.evaluation.next_edits.offers import TREE_ALONE, model_alone, offered, outcome
from diffgem_lsp.next_edits.choosing import ALWAYS, MARGINS, NEVER, Margins

SAMPLES = 30


@frozen
class NextEditsReport:
    """JSON all the way down.  All figures but those of `chosen_on` are of every second file;
    the `fitted` margins are of the others.
    """

    shipped: dict[str, Any]
    fitted: dict[str, Any]
    margins: dict[str, Any]  # the shipped and the fitted ones; "always" and "never" are words
    baselines: dict[str, Any]
    sweep: dict[str, Any]
    chosen_on: dict[str, Any]
    latency_ms: dict[str, Any]
    samples: list[dict[str, Any]]


async def evaluate(
    engine: AskedEngine, cases: Sequence[Case], tick: Callable[[], None] = lambda: None
) -> NextEditsReport:
    """One case at a time.  Raises what the engine raises."""
    tuned: list[Answer] = []
    tested: list[Answer] = []
    paths = sorted({case.path for case in cases})
    for case in cases:
        half = tested if paths.index(case.path) % 2 else tuned
        half.append(await answer(engine, case))
        tick()
    own = fitting.fitted(tuned, MARGINS)
    return NextEditsReport(
        shipped=figures(tested, MARGINS),
        fitted=figures(tested, own),
        margins={"shipped": _words(MARGINS), "fitted": _words(own)},
        baselines={
            "tree alone": figures(tested, TREE_ALONE),
            "model alone": figures(tested, model_alone(MARGINS)),
        },
        sweep=fitting.sweep(tuned),
        chosen_on=figures(tuned, own),
        latency_ms=_latency([*tuned, *tested]),
        samples=[each for a in tested for each in _false(a)][:SAMPLES],
    )


def figures(answers: Sequence[Answer], margins: Margins) -> dict[str, Any]:
    """Of all cases that are half done, of all that are finished, and of each kind of case."""
    outcomes = [(each.case, outcome(each, offered(each, margins))) for each in answers]
    groups = {"half done": UNDONE, "finished": FINISHED, **{kind: (kind,) for kind in MAKERS}}
    report = {}
    for name, kinds in groups.items():
        found = [said for case, said in outcomes if case.kind in kinds]
        report[name] = {
            said: share([each == said for each in found]) for said in ("found", "false", "quiet")
        }
    return report


def _latency(answers: Sequence[Answer]) -> dict[str, Any]:
    return {
        "propose": spread([each.propose_ms for each in answers]),
        "judge": spread([each.judge_ms for each in answers if each.judge_ms]),
        "doubt": spread([each.doubt_ms for each in answers]),
    }


def _words(margins: Margins) -> dict[str, float | str]:
    """JSON has no infinities."""
    words = {ALWAYS: "always", NEVER: "never"}
    return {kind: words.get(margin, margin) for kind, margin in margins.items()}


def _false(answer: Answer) -> list[dict[str, Any]]:
    case = answer.case
    return [
        {
            "case": case.kind,
            "file": case.path,
            "kind": each.kind,
            "was": case.text[each.start : each.end],
            "text": each.text,
            "expected": case.expected.get(each.span),
        }
        for each in offered(answer, MARGINS)
        if not answer.is_right(each)
    ]

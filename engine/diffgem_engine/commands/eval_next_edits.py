"""Leave edits half done in real Python files, and see which next edits are offered: found (all of
them right), false (one of them wrong), or quiet.

Renames, changed parameters, slips; and finished edits, after which nothing should follow. The
margins by which the model has to prefer an edit are fitted on one half of the files; all figures
are of the other half.
"""

import argparse
from typing import TYPE_CHECKING, Any

from diffgem_engine.commands import evaluating
from diffgem_engine.commands.evaluating import percent

if TYPE_CHECKING:
    from diffgem_engine.evaluation.asking import AskedEngine
    from diffgem_engine.evaluation.next_edits.cases import Case


def add_arguments(parser: argparse.ArgumentParser) -> None:
    evaluating.add_source_argument(parser)
    parser.add_argument(
        "--limit", type=evaluating.above_zero, default=40, metavar="N",
        help="cases of each kind, one a file (default: 40)",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of which edits are made")
    parser.add_argument("--json", action="store_true", help="print the report as JSON alone")
    evaluating.add_engine_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """0 when evaluated, 1 when the model does not load, 2 for bad input, 3 without an engine."""
    from diffgem_engine.evaluation import trees  # noqa: PLC0415 - brings the grammars
    from diffgem_engine.evaluation.next_edits import drawing  # noqa: PLC0415

    try:
        files = trees.source_files(options.source)
        cases = drawing.draw_cases(files, options.limit, options.seed)
    except trees.NothingToCut as error:
        return evaluating.failed(error, 2)
    report = evaluating.evaluate(options, lambda engine: measure(engine, cases))
    return evaluating.print_report(report, options, table)


async def measure(engine: "AskedEngine", cases: "list[Case]") -> dict[str, Any]:
    """Raises what the engine raises."""
    import cattrs  # noqa: PLC0415 - with torch behind it, nothing here is light

    from diffgem_engine.evaluation.next_edits import evaluation  # noqa: PLC0415

    tick = evaluating.Ticks(len(cases), "case")
    report = await evaluation.evaluate(engine, cases, tick)
    described: dict[str, Any] = cattrs.unstructure(report)
    return described


def table(report: dict[str, Any]) -> str:
    """A row a kind of case, then what else could be done, then what the model can tell."""
    head = f"{'case':24}{'n':>5}{'found':>8}{'false':>8}{'quiet':>8}"
    rows = [_row(name, figures) for name, figures in report["shipped"].items()]
    others = {"fitted": report["fitted"], **report["baselines"]}
    beside = [
        _row(f"{name}: {group}", figures[group])
        for name, figures in others.items()
        for group in ("half done", "finished")
    ]
    latency = report["latency_ms"]
    times = [f"{name:24}{latency[name]['p50'] or 0:8.1f} ms p50" for name in latency]
    return "\n".join([head, *rows, "", *beside, "", _margins(report), "", *times])


def _row(name: str, figures: dict[str, Any]) -> str:
    shares = [percent(figures[said]["share"]) for said in ("found", "false", "quiet")]
    return f"{name:24}{figures['found']['n']:5}" + "".join(f"   {each}" for each in shares)


def _margins(report: dict[str, Any]) -> str:
    lines = [f"{'proposal':16}{'n':>5}{'AUC':>8}{'fitted':>9}{'shipped':>9}"]
    for kind, found in report["sweep"].items():
        fitted, shipped = (report["margins"][which][kind] for which in ("fitted", "shipped"))
        auc = percent(found["auc"])
        lines.append(f"{kind:16}{found['n']:5}   {auc}{fitted!s:>9}{shipped!s:>9}")
    return "\n".join(lines)

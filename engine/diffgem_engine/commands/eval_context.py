"""What text from other files is worth to the model: holes of one line, asked about with more and
less of it, by the log probability of what stood there.
"""

import argparse
from typing import TYPE_CHECKING, Any

from diffgem_engine.commands import evaluating
from diffgem_engine.commands.numbers import whole

if TYPE_CHECKING:
    from diffgem_engine.evaluation.asking import AskedEngine
    from diffgem_engine.evaluation.cuts import Hole
    from diffgem_engine.evaluation.trees import SourceFile

BUDGETS = (48, 96, 192)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    evaluating.add_source_argument(parser)
    parser.add_argument(
        "--limit", type=evaluating.above_zero, default=100, metavar="N", help="holes (default: 100)"
    )
    parser.add_argument(
        "--tokens", type=whole(1, 4_096), nargs="+", default=BUDGETS, metavar="N",
        help=f"budgets of the preamble (default: {' '.join(map(str, BUDGETS))})",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of which holes are cut")
    parser.add_argument("--json", action="store_true", help="print the report as JSON alone")
    evaluating.add_engine_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """0 when evaluated, 1 when the model does not load, 2 for bad input, 3 without an engine."""
    from diffgem_engine.evaluation import cuts, trees  # noqa: PLC0415 - brings the grammars

    try:
        files = trees.source_files(options.source)
    except trees.NothingToCut as error:
        return evaluating.failed(error, 2)
    every = cuts.cut_holes(files, options.limit, options.seed)
    holes = [hole for hole in every if "\n" not in hole.expected]
    report = evaluating.evaluate(options, lambda engine: measure(engine, files, holes, options))
    return evaluating.print_report(report, options, table)


async def measure(
    engine: "AskedEngine",
    files: "list[SourceFile]",
    holes: "list[Hole]",
    options: argparse.Namespace,
) -> dict[str, Any]:
    """Raises what the engine raises."""
    from diffgem_engine.evaluation import context  # noqa: PLC0415 - brings much

    root = options.source.absolute()
    ways, tick = context.ways_of(options.tokens), evaluating.Ticks(len(holes), "hole")
    found = await context.evaluate(engine, root, files, holes, ways, tick=tick, seed=options.seed)
    return {"ways": found}


def table(report: dict[str, Any]) -> str:
    head = f"{'what stands before':24}{'n':>5}{'nats':>8}{'±':>7}{'better':>8}{'worse':>7}"
    return "\n".join([head, *(_row(*each) for each in report["ways"].items())])


def _row(name: str, found: dict[str, Any]) -> str:
    if not found["n"]:
        return f"{name:24}{0:5}"
    gain, about = found["gain_nats"], found["ci95"]
    return f"{name:24}{found['n']:5}{gain:8.3f}{about:7.3f}{found['better']:8}{found['worse']:7}"

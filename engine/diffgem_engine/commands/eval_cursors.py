"""Cut the ends off neighbouring lines and fill them as `diffgem/infillHoles` does: in one canvas
together, in canvases of their own side by side, and one after the other.

Quiet counts as a miss.  Latencies are those of a whole set of holes.
"""

import argparse
from typing import TYPE_CHECKING, Any

from diffgem_engine.commands import evaluating
from diffgem_engine.commands.evaluating import percent
from diffgem_engine.commands.numbers import whole

if TYPE_CHECKING:
    from diffgem_engine.evaluation.asking import AskedEngine


def add_arguments(parser: argparse.ArgumentParser) -> None:
    evaluating.add_source_argument(parser)
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of which lines are cut")
    parser.add_argument(
        "--holes", type=whole(2, 8), default=3, metavar="N", help="of a set, 2 to 8 (default: 3)"
    )
    evaluating.add_run_arguments(parser, limit=100)
    evaluating.add_engine_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """0 when evaluated, 1 when the model does not load, 2 for bad input, 3 without an engine."""
    from diffgem_engine.evaluation import cursors, trees  # noqa: PLC0415 - brings the grammars

    try:
        files = trees.source_files(options.source)
    except trees.NothingToCut as error:
        return evaluating.failed(error, 2)
    sets = cursors.cut(files, options.limit, options.holes, options.seed)

    async def work(engine: "AskedEngine") -> dict[str, Any]:
        from diffgem_engine.protocol import Sampling  # noqa: PLC0415

        tick = evaluating.Ticks(cursors.requests(len(sets)), "set")
        return await cursors.evaluate(engine, sets, Sampling(steps=options.steps), tick)

    return evaluating.print_report(evaluating.evaluate(options, work), options, table)


def table(report: dict[str, Any]) -> str:
    """A row a way."""
    head = (
        f"{'':14}{'sets':>6}{'holes':>7}{'exact':>7}{'all':>7}{'shown':>7}{'p50 ms':>8}{'p95':>7}"
    )
    ways = {name: figures for name, figures in report.items() if name != "about"}
    return "\n".join([head, *(_row(name, figures) for name, figures in ways.items())])


def _row(name: str, figures: dict[str, Any]) -> str:
    shares = (figures["exact_match"], figures["all_exact"], figures["shown"])
    cells = "".join(f"  {percent(share)}" for share in shares)
    latency = figures["latency_ms"]
    return (
        f"{name:14}{figures['sets']:6}{figures['holes']:7}{cells}"
        f"{latency['p50'] or 0:8.0f}{latency['p95'] or 0:7.0f}"
    )

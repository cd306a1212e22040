"""Put mistakes into clean code and have the model review both: what it finds, what it would put
there instead, and whether it leaves clean code alone.

A token is flagged where its own probability is below a threshold. That is chosen on half of the
chunks, so that at most 5% of clean ones are flagged; all figures are of the other half.
"""

import argparse
from typing import TYPE_CHECKING, Any

from diffgem_engine.commands import evaluating
from diffgem_engine.commands.evaluating import percent

if TYPE_CHECKING:
    from diffgem_engine.evaluation.asking import AskedEngine
    from diffgem_engine.evaluation.chunks import Chunk
    from diffgem_engine.evaluation.mistakes import Mistake


def add_arguments(parser: argparse.ArgumentParser) -> None:
    evaluating.add_source_argument(parser)
    parser.add_argument(
        "--limit", type=evaluating.above_zero, default=100, metavar="N",
        help="chunks of code, half of them for the threshold alone (default: 100)",
    )  # fmt: skip
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="of which chunks and mistakes are made"
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON alone")
    evaluating.add_engine_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """0 when evaluated, 1 when the model does not load, 2 for bad input, 3 without an engine."""
    from diffgem_engine.evaluation import trees  # noqa: PLC0415 - brings the grammars

    try:
        chunks, mistakes = broken_chunks(options)
    except trees.NothingToCut as error:
        return evaluating.failed(error, 2)
    report = evaluating.evaluate(options, lambda engine: measure(engine, chunks, mistakes))
    return evaluating.print_report(report, options, table)


def broken_chunks(options: argparse.Namespace) -> "tuple[list[Chunk], list[list[Mistake]]]":
    """Those of --source, --limit and --seed.  Raises NothingToCut."""
    from diffgem_engine.evaluation import chunks, mistakes, trees  # noqa: PLC0415

    files = trees.source_files(options.source)
    cut = chunks.cut_chunks(files, options.limit, options.seed)
    return cut, mistakes.make_mistakes(cut, options.seed)


async def measure(
    engine: "AskedEngine", chunks: "list[Chunk]", mistakes: "list[list[Mistake]]"
) -> dict[str, Any]:
    """Raises what the engine raises."""
    import cattrs  # noqa: PLC0415 - with torch behind it, nothing here is light

    from diffgem_engine.evaluation import repair  # noqa: PLC0415

    tick = evaluating.Ticks(repair.requests(mistakes), "review")
    report = await repair.evaluate(engine, chunks, mistakes, tick)
    described: dict[str, Any] = cattrs.unstructure(report)
    return described


def table(report: dict[str, Any]) -> str:
    """A row a kind, then what clean code is told, then whom the doubts are measured against."""
    names = ("found", "mended", "both", "AUC", "rank 1")
    head = f"{'mistake':10}{'n':>5}{''.join(f'{name:>8}' for name in names)}"
    rows = [_row("all", report["model"])]
    rows += [_row(kind, figures) for kind, figures in report["kinds"].items()]
    clean = report["model"]
    told = [
        f"  {'clean chunks left alone':28}{percent(clean['clean_left_alone']['share'])} %",
        f"  {'false alarms per 100 tokens':28}{clean['false_alarms_per_100_tokens']:5.1f}",
        f"  {'threshold':28}{report['threshold']:9.1e}",
        f"  {'a review, p50 ms':28}{report['latency_ms']['p50']:5.0f}",
    ]
    others = [
        f"  {'rank 1 of ' + name:28}{percent(base['rank1'])} %"
        for name, base in report["baselines"].items()
    ]
    return "\n".join([head, *rows, "", *told, *others])


def _row(name: str, figures: dict[str, Any]) -> str:
    keys = ("found", "mended", "found_and_mended")
    shares = [figures[key]["share"] for key in keys]
    cells = "".join(f"   {percent(share)}" for share in (*shares, figures["auc"], figures["rank1"]))
    return f"{name:10}{figures['n']:5}{cells}"

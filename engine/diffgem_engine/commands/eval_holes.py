"""Cut holes of every kind out of a folder of source and fill them as the language server would.

Quiet counts as a miss.  Latencies are those of one user: one request at a time.
"""

import argparse
from typing import TYPE_CHECKING, Any

from diffgem_engine.commands import evaluating
from diffgem_engine.commands.evaluating import percent

if TYPE_CHECKING:
    from diffgem_engine.evaluation.asking import AskedEngine


def add_arguments(parser: argparse.ArgumentParser) -> None:
    evaluating.add_source_argument(parser)
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of which holes are cut")
    parser.add_argument(
        "--no-baselines", action="store_true",
        help="the model alone: eight of nine requests are the baselines'",
    )  # fmt: skip
    evaluating.add_run_arguments(parser, limit=300)
    evaluating.add_engine_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """0 when evaluated, 1 when the model does not load, 2 for bad input, 3 without an engine."""
    from diffgem_engine.evaluation import cuts, trees  # noqa: PLC0415 - brings the grammars

    try:
        holes = cuts.cut_holes(trees.source_files(options.source), options.limit, options.seed)
    except trees.NothingToCut as error:
        return evaluating.failed(error, 2)

    async def work(engine: "AskedEngine") -> dict[str, Any]:
        import cattrs  # noqa: PLC0415 - with torch behind it, nothing here is light

        from diffgem_engine.evaluation import holes as evaluation  # noqa: PLC0415
        from diffgem_engine.protocol import Sampling  # noqa: PLC0415

        compared = not options.no_baselines
        tick = evaluating.Ticks(evaluation.requests(len(holes), with_baselines=compared), "hole")
        sampling = Sampling(steps=options.steps)
        report = await evaluation.evaluate(
            engine, holes, sampling, with_baselines=compared, tick=tick
        )
        described: dict[str, Any] = cattrs.unstructure(report)
        return described

    report = evaluating.evaluate(options, work)
    return evaluating.print_report(report, options, table)


def table(report: dict[str, Any]) -> str:
    """A row a kind, then the baselines, then what the model costs."""
    names = ("exact", "alike", "valid", "shown", "steps")
    head = f"{'':16}{'n':>5}{''.join(f'{name:>7}' for name in names)}{'p50 ms':>8}"
    rows = [_row("all", report["model"])]
    rows += [_row(kind, figures) for kind, figures in report["kinds"].items()]
    others = [
        f"  {name:20}{percent(base['exact_match']['share'])} %"
        for name, base in report["baselines"].items()
    ]
    shares = [
        f"  {name:32}{'-' if value is None else f'{value:.2f}'}"
        for name, value in report["ratios"].items()
    ]
    parts = [head, *rows]
    parts += ["", "exact match of baselines, all kinds", *others] if others else []
    parts += ["", "ratios of exact matches", *shares] if shares else []
    return "\n".join(parts)


def _row(name: str, figures: dict[str, Any]) -> str:
    valid = figures["syntax_valid"]["before_filters"]
    shares = (
        figures["exact_match"]["share"], figures["edit_similarity"], valid, figures["shown"]
    )  # fmt: skip
    cells = "".join(f"  {percent(share)}" for share in shares)
    return (
        f"{name:16}{figures['n']:5}{cells}{figures['steps']:7.1f}"
        f"{figures['latency_ms']['p50']:8.0f}"
    )

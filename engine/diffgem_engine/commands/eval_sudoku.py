"""Solve held-out puzzles with a model of `diffgem-engine train --task sudoku`.

Each has one solution and is one request: its givens pinned, a hole for each blank.
"""

import argparse
import asyncio
from itertools import islice
from typing import TYPE_CHECKING, Any

from diffgem_engine.commands import evaluating
from diffgem_engine.commands.evaluating import percent
from diffgem_engine.commands.numbers import whole

if TYPE_CHECKING:
    from diffgem_engine.evaluation.asking import AskedEngine
    from diffgem_engine.training.sudoku.puzzles import Puzzle

FEWEST, MOST = 26, 80  # as `training.sudoku.puzzles` has it, which brings numpy
MOST_SEED = 2**63 - 1  # as `validation` has it


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--givens", type=whole(FEWEST, MOST), default=40, metavar="N",
        help=f"cells of a puzzle that are given, {FEWEST} to {MOST} (default: 40)",
    )  # fmt: skip
    parser.add_argument(
        "--limit", type=evaluating.above_zero, default=300, metavar="N",
        help="puzzles (default: 300)",
    )  # fmt: skip
    parser.add_argument(
        "--seed", type=whole(0, MOST_SEED), default=0, metavar="N",
        help="of which puzzles (default: 0)",
    )  # fmt: skip
    parser.add_argument(
        "--steps", type=evaluating.steps, metavar="N",
        help="most denoising steps a puzzle (default: the checkpoint's)",
    )  # fmt: skip
    parser.add_argument(
        "--at-once", type=evaluating.above_zero, default=8, metavar="N",
        help="puzzles that are asked for at a time; 1 for the time that one takes (default: 8)",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print the report as JSON alone")
    evaluating.add_engine_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """0 when evaluated, 1 when the model does not load, 2 for bad input, 3 without an engine."""
    if options.engine is None and options.model is None:
        return evaluating.failed(
            "the embedded model knows no Sudoku: give --model RUN/model, of `train --task sudoku`",
            2,
        )
    report = evaluating.evaluate(options, lambda engine: _measure(engine, options))
    return evaluating.print_report(report, options, table)


async def _measure(engine: "AskedEngine", options: argparse.Namespace) -> dict[str, Any]:
    import cattrs  # noqa: PLC0415 - with torch behind it, nothing here is light

    from diffgem_engine.evaluation import sudoku  # noqa: PLC0415
    from diffgem_engine.protocol import Sampling  # noqa: PLC0415

    # Beside the loop: a running engine must have its pings answered in the meantime.
    puzzles = await asyncio.to_thread(_puzzles, options)
    tick = evaluating.Ticks(len(puzzles), "puzzle")
    sampling = Sampling(steps=options.steps)
    report = await sudoku.evaluate(engine, puzzles, sampling, options.at_once, tick)
    described: dict[str, Any] = cattrs.unstructure(report)
    return described


def _puzzles(options: argparse.Namespace) -> "list[Puzzle]":
    """Those of --givens, --limit and --seed; hundreds take seconds."""
    from diffgem_engine.training.sudoku.puzzles import held_out_puzzles  # noqa: PLC0415

    return list(islice(held_out_puzzles(options.givens, options.seed), options.limit))


def table(report: dict[str, Any]) -> str:
    """What was solved, what it took, and one puzzle."""
    low, high = report["solved"]["ci95"]
    took, example = report["latency_ms"], report["examples"][0]
    rate = report["puzzles"] / report["seconds"]
    lines = [
        f"{report['puzzles']} held-out puzzles with {report['givens']} givens",
        f"solved      {percent(report['solved']['share'])} %   ({_bare(low)} to {_bare(high)})",
        f"cells right {percent(report['cells_right'])} %   of the blanks",
        f"givens kept {percent(report['givens_kept'])} %   of the puzzles",
        f"steps       {report['steps']:5.1f}     a puzzle",
        f"time        {took['p50']:5.0f} ms  p50, {took['p95']:.0f} ms p95, "
        f"{min(report['at_once'], report['puzzles'])} at once; {rate:.2g} puzzles a second",
        "",
        *_side_by_side(example["givens"], example["filled"], example["solution"]),
    ]
    return "\n".join(lines)


def _bare(share: float) -> str:
    return percent(share).strip()


def _side_by_side(*grids: str) -> list[str]:
    heads = ("puzzle", "filled", "solution")
    rows = zip(*(grid.split("\n") for grid in grids), strict=True)
    return ["   ".join(f"{cell:9}" for cell in row).rstrip() for row in (heads, *rows)]

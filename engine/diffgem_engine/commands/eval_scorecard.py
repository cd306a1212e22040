"""One page that says how good a checkpoint is: quality, latency and cost over 1 to 16 steps,
lengths, calibration and the baselines, with plots.

Writes scorecard.md, scorecard.json and three SVGs into --out.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diffgem_engine.commands import eval_humaneval, eval_repair, evaluating
from diffgem_engine.output import write

if TYPE_CHECKING:
    from diffgem_engine.evaluation.asking import AskedEngine
    from diffgem_engine.evaluation.cuts import Hole
    from diffgem_engine.evaluation.problems import Problem


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--out", required=True, type=evaluating.existing, metavar="DIR",
        help="the folder to write into; made if it is not there",
    )  # fmt: skip
    evaluating.add_source_argument(parser)
    parser.add_argument(
        "--data", type=evaluating.existing, metavar="FILE",
        help="HumanEval-Infilling's jsonl or jsonl.gz, to run it too",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of which holes are cut")
    parser.add_argument(
        "--limit", type=evaluating.above_zero, default=120, metavar="N",
        help="holes, chunks to repair, and problems of --data (default: 120)",
    )  # fmt: skip
    evaluating.add_engine_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """0 when written, 1 when the model does not load, 2 for bad input, 3 without an engine."""
    import matplotlib  # noqa: F401, PLC0415 - where it is missing, say so before the work

    from diffgem_engine.evaluation import cuts, trees  # noqa: PLC0415 - bring grammars

    if not evaluating.is_folder(options.out):
        return 2
    try:
        holes = cuts.cut_holes(trees.source_files(options.source), options.limit, options.seed)
    except (trees.NothingToCut, OSError) as error:
        return evaluating.failed(error, 2)
    problems = options.data and eval_humaneval.problems_of(options)
    if isinstance(problems, int):
        return problems
    report = evaluating.evaluate(options, lambda engine: _measure(engine, holes, problems, options))
    if isinstance(report, int):
        return report
    _write(report, options.out)
    write(str(options.out / "scorecard.md"), sys.stdout)
    return 0


async def _measure(
    engine: "AskedEngine",
    holes: list["Hole"],
    problems: "list[Problem] | None",
    options: argparse.Namespace,
) -> dict[str, Any]:
    import cattrs  # noqa: PLC0415

    from diffgem_engine.evaluation import scorecard  # noqa: PLC0415

    welcome = await engine.ready()
    about = {
        **evaluating.about(welcome), "holes": len(holes), "source": options.source.name,
    }  # fmt: skip
    tick = evaluating.Ticks(scorecard.requests(len(holes)), "hole")
    card = await scorecard.measure(engine, holes, about, tick)
    card.others["Repair"] = await _repair(engine, options)
    if problems is not None:
        card.others["HumanEval-Infilling"] = await _humaneval(engine, problems)
    described: dict[str, Any] = cattrs.unstructure(card)
    return described


async def _humaneval(engine: "AskedEngine", problems: list["Problem"]) -> dict[str, Any]:
    """pass@1 of everything that the benchmark compares, a row each."""
    report = await eval_humaneval.measure(engine, problems, steps=None)
    scores = {"diffusion": report["model"], **report["baselines"]}
    return {
        "problems": len(problems),
        **{f"pass@1, {name}": score["pass@1"] for name, score in scores.items()},
        "95% of diffusion": report["model"]["ci95"],
    }


async def _repair(engine: "AskedEngine", options: argparse.Namespace) -> dict[str, Any]:
    """Where there is too little code to cut chunks out of, a line that says so."""
    from diffgem_engine.evaluation.trees import NothingToCut  # noqa: PLC0415

    try:
        chunks, mistakes = eval_repair.broken_chunks(options)
    except NothingToCut as error:
        return {"not measured": str(error)}
    report = await eval_repair.measure(engine, chunks, mistakes)
    names = ("found", "mended", "clean_left_alone")
    shares = {f"{name}, share": report["model"][name]["share"] for name in names}
    doubts = {name: report["model"][name] for name in ("auc", "rank1")}
    return {"mistakes": report["model"]["n"], **shares, **doubts}


def _write(report: dict[str, Any], folder: Path) -> None:
    from diffgem_engine.evaluation import plots, scorecard_page  # noqa: PLC0415
    from diffgem_engine.evaluation.scorecard import Scorecard  # noqa: PLC0415

    plots.quality_against_latency(report["by_steps"], folder / "quality_latency.svg")
    plots.length_error(report["holes"]["kinds"], folder / "length_error.svg")
    plots.calibration(report["holes"]["model"]["calibration"], folder / "calibration.svg")
    page = scorecard_page.page(Scorecard(**report))
    (folder / "scorecard.md").write_text(page, encoding="utf-8")
    described = json.dumps(report, indent=1)
    (folder / "scorecard.json").write_text(described + "\n", encoding="utf-8")

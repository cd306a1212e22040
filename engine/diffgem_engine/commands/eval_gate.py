"""From which confidence on is a text worth showing?  Quiet is a feature: what is shown and wrong
costs its reader a glance.

Holes are cut out of a folder of source and filled as the language server would without a gate.
The figures are of files that the gate was not fitted to, fold by fold.  With --fit it is written
beside the checkpoint, where every engine that runs it reads it.
"""

import argparse
from typing import TYPE_CHECKING, Any

from diffgem_engine.commands import evaluating
from diffgem_engine.commands.evaluating import percent
from diffgem_engine.commands.numbers import whole

if TYPE_CHECKING:
    from diffgem_engine.evaluation.asking import AskedEngine

PRICE = 0.1
SHOWN = ("open", "ranked", "gated")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    evaluating.add_source_argument(parser)
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of which holes are cut")
    parser.add_argument(
        "--price", type=_price, default=PRICE, metavar="P",
        help=f"what a wrong text costs, where a right one gains 1 (default: {PRICE})",
    )  # fmt: skip
    parser.add_argument(
        "--seeds", type=whole(1, 8), default=1, metavar="N",
        help="canvases a hole, whose agreement is fitted as well (default: 1, without)",
    )  # fmt: skip
    parser.add_argument(
        "--fit", type=evaluating.existing, metavar="DIR",
        help="write the gate.json of the checkpoint in this folder",
    )  # fmt: skip
    evaluating.add_run_arguments(parser, limit=600)
    evaluating.add_engine_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """0 when evaluated, 1 when the model does not load, 2 for bad input, 3 without an engine."""
    from diffgem_engine.evaluation import cuts, trees  # noqa: PLC0415 - brings the grammars

    if (wrong := _wrong(options)) is not None:
        return evaluating.failed(wrong, 2)
    if options.fit is not None:
        options.model = str(options.fit)
    try:
        holes = cuts.cut_holes(trees.source_files(options.source), options.limit, options.seed)
    except trees.NothingToCut as error:
        return evaluating.failed(error, 2)

    async def work(engine: "AskedEngine") -> dict[str, Any]:
        from diffgem_engine.evaluation.gate import looking, report  # noqa: PLC0415 - brings numpy
        from diffgem_lsp.options import Options  # noqa: PLC0415

        unguarded = Options(min_confidence=0.0, candidates=options.seeds, steps=options.steps)
        ticks = evaluating.Ticks(len(holes), "hole")
        looks = await looking.look_at(engine, holes, unguarded, ticks)
        return report.described(looks, len(holes), options.price)

    report = evaluating.evaluate(options, work)
    if options.fit is not None and not isinstance(report, int):
        report["written"] = _write(options, report["gate"])
    return evaluating.print_report(report, options, table)


def _wrong(options: argparse.Namespace) -> str | None:
    if options.fit is None:
        return None
    if options.engine is not None or options.model not in (None, str(options.fit)):
        return "--fit names the checkpoint that is fitted: leave --model and --engine out"
    return (
        None if options.fit.is_dir() else f"{options.fit} is no checkpoint's folder; give --fit one"
    )


def _write(options: argparse.Namespace, gate: dict[str, Any]) -> str:
    from diffgem_engine.checkpoint.gate_json import GATE_FILE, described  # noqa: PLC0415
    from diffgem_engine.protocol import Gate, Weight  # noqa: PLC0415
    from diffgem_engine.training.files import write_text  # noqa: PLC0415

    place = options.fit / GATE_FILE
    weights = tuple(Weight(**weight) for weight in gate["weights"])
    write_text(place, described(Gate(gate["least"], weights, gate["agreement"])))
    return str(place)


def _price(text: str) -> float:
    price = float(text)
    if not 0.0 < price <= 100.0:
        raise argparse.ArgumentTypeError(f"give a number above 0, 100 at most, not {text}")
    return price


def table(report: dict[str, Any]) -> str:
    """What is shown with and without the gate, then each kind of hole, then the thresholds."""
    head = f"{'':22}{'shown':>7}{'right %':>9}{'worth':>9}   found, % of holes"
    rows = [_row(name, report[name]) for name in SHOWN]
    for kind, found in report["kinds"].items():
        rows += [_row(f"  {kind}, {name}", found[name]) for name in SHOWN]
    gate = report["gate"]
    weights = ", ".join(f"{each['name']} {each['value']:.2f}" for each in gate["weights"])
    parts = [head, *rows, "", f"worth showing from {gate['least']:.2f} on"]
    parts.append(f"how likely, by: {weights}")
    if "written" in report:
        parts.append(f"written to {report['written']}")
    return "\n".join(parts)


def _row(name: str, figures: dict[str, Any]) -> str:
    found = percent(figures["found"]) if "found" in figures else ""
    right = percent(figures["right"]["share"])
    return f"{name:22}{figures['shown']:7}{right:>9}{figures['worth']:9.1f}   {found}".rstrip()

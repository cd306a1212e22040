"""pass@1 on HumanEval-Infilling, from the benchmark's own jsonl or jsonl.gz files.

What the model writes runs in a sandbox: a process of its own without network, with limits on
memory, time and files.
"""

import argparse
import sys
from typing import TYPE_CHECKING, Any

from diffgem_engine.commands import evaluating
from diffgem_engine.commands.evaluating import percent

if TYPE_CHECKING:
    from diffgem_engine.evaluation.asking import AskedEngine
    from diffgem_engine.evaluation.problems import Problem


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", required=True, type=evaluating.existing, metavar="FILE",
        help="such as HumanEval-SingleLineInfilling.jsonl.gz",
    )  # fmt: skip
    evaluating.add_run_arguments(parser, limit=None)
    evaluating.add_engine_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """0 when evaluated, 1 when the model does not load, 2 for bad input, 3 without an engine."""
    problems = problems_of(options)
    if isinstance(problems, int):
        return problems
    report = evaluating.evaluate(
        options, lambda engine: measure(engine, problems, steps=options.steps)
    )
    return evaluating.print_report(report, options, table)


def problems_of(options: argparse.Namespace) -> "list[Problem] | int":
    """Those of --data within --limit; an exit code where they cannot be read."""
    from diffgem_engine.evaluation import problems as benchmark  # noqa: PLC0415

    try:
        problems = benchmark.load_problems(options.data)
    except benchmark.BenchmarkUnreadable as error:
        return evaluating.failed(error, 2)
    return problems if options.limit is None else benchmark.spread(problems, options.limit)


async def measure(
    engine: "AskedEngine", problems: list["Problem"], steps: int | None
) -> dict[str, Any]:
    """Raises SandboxUnavailable, and what the engine raises."""
    from diffgem_engine.evaluation import humaneval, infilling  # noqa: PLC0415
    from diffgem_engine.evaluation.fillers import BASELINES  # noqa: PLC0415
    from diffgem_engine.evaluation.sandbox.capabilities import capabilities  # noqa: PLC0415
    from diffgem_engine.evaluation.sandbox.running import Pool  # noqa: PLC0415
    from diffgem_engine.protocol import Sampling  # noqa: PLC0415

    missing = capabilities().missing()
    for sentence in missing:
        print(
            "diffgem-engine: the sandbox is only partly there: run what you trust alone. "
            f"{sentence}",
            file=sys.stderr,
        )
    tick = evaluating.Ticks(2 * len(problems), "problem")
    filler = infilling.Filler(engine, Sampling(steps=steps), tick)
    others = {**BASELINES, "autoregressive": filler.autoregressive}
    with Pool() as pool:
        report = await humaneval.evaluate(problems, filler.diffusion, pool, baselines=others)
    return {**report.as_json(), **filler.figures(), "sandbox_lacks": missing}


def table(report: dict[str, Any]) -> str:
    """The model, then what it is measured against."""
    rows = {"model": report["model"], **report["baselines"]}
    lines = [f"{'':16}pass@1 %   95% interval     n"]
    for name, score in rows.items():
        low, high = score["ci95"]
        interval = f"{percent(low)} to {percent(high)}"
        lines.append(f"{name:16}{percent(score['pass@1'])}   {interval}{score['n']:6}")
    return "\n".join(lines)

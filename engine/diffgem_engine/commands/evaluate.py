"""Measure how good a checkpoint is, beside baselines of the same run.

The engine is one of this process, on the embedded model or --model, or, but for `lengths`,
`lines` and `replay`, a running one at --engine.
"""

import argparse
from importlib import import_module

# Each is a module of `commands` with `add_arguments` and `run`.
BENCHMARKS = {
    "holes": ("eval_holes", "holes of every kind, cut out of any folder of source"),
    "cursors": ("eval_cursors", "several holes at once: one canvas against one each"),
    "humaneval-infilling": ("eval_humaneval", "pass@1 on the HumanEval-Infilling benchmark"),
    "replay": ("eval_replay", "commits typed through the language server, key by key"),
    "next-edits": ("eval_next_edits", "half-done edits finished, and quiet where none is"),
    "repair": ("eval_repair", "mistakes found and mended, and clean code left alone"),
    "scorecard": ("eval_scorecard", "one page with plots: quality, latency and cost"),
    "sudoku": ("eval_sudoku", "held-out puzzles: a task with a right answer"),
    "context": ("eval_context", "what text from other files is worth to the model"),
    "gate": ("eval_gate", "from which confidence on a text is worth showing, and to fit it"),
    "lengths": ("eval_lengths", "how long is the middle? ways to choose, and a bias to fit"),
    "lines": ("eval_lines", "whole lines of a training run's held-out projects"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    benchmarks = parser.add_subparsers(dest="benchmark", metavar="BENCHMARK", required=True)
    for name, (module, purpose) in BENCHMARKS.items():
        benchmark = import_module(f"diffgem_engine.commands.{module}")
        added = benchmarks.add_parser(name, help=purpose, description=benchmark.__doc__)
        benchmark.add_arguments(added)
        added.set_defaults(evaluate=benchmark.run)


def run(options: argparse.Namespace) -> int:
    """0 when evaluated, 1 when the model does not load, 2 for bad input, 3 without an engine."""
    code: int = options.evaluate(options)
    return code

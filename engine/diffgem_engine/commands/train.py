"""Train a small model: from folders of Python source to a checkpoint, in slices that resume.

The first slice collects the corpus and learns the vocabulary; later ones go on from there and
need --out alone: what is not given is as before.  A signal ends a slice after its step.
"""

import argparse
import math
from collections.abc import Callable
from pathlib import Path

SMALLEST_VOCABULARY, LARGEST_VOCABULARY = 272, 65_536  # the special ids and all bytes at least


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None stands for what is not given, so that a later slice can tell."""
    parser.add_argument(
        "--out", required=True, type=Path, metavar="DIR",
        help="the run's folder: corpus, state and log; the checkpoint comes into DIR/model",
    )  # fmt: skip
    _add_corpus_arguments(parser)
    _add_run_arguments(parser)


def _add_corpus_arguments(parser: argparse.ArgumentParser) -> None:
    first = parser.add_argument_group(
        "of the first slice", "later slices refuse another value than the first one's"
    )
    first.add_argument(
        "--source", nargs="+", type=Path, metavar="DIR",
        help="folders of projects, or a project's own folder if .py files lie in it; folders "
        "called test, tests or idle_test are left out, as is what is installed inside a project",
    )  # fmt: skip
    first.add_argument(
        "--hold-out", nargs="*", metavar="PROJECT",
        help="projects to evaluate on and never to train on, by their folders' names",
    )  # fmt: skip
    first.add_argument(
        "--exclude", nargs="*", metavar="PROJECT", help="projects of --source to leave out"
    )
    first.add_argument(
        "--cap", type=_whole(1), metavar="N",
        help="most characters of one project (default: 9000000)",
    )  # fmt: skip
    first.add_argument(
        "--vocab", type=_whole(SMALLEST_VOCABULARY, LARGEST_VOCABULARY), metavar="N",
        help=f"pieces of the vocabulary, {SMALLEST_VOCABULARY} to {LARGEST_VOCABULARY} "
        "(default: 4096)",
    )  # fmt: skip


def _add_run_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--minutes", type=_minutes, metavar="N",
        help="the whole budget, over all slices; a later slice may raise it (default: 120)",
    )  # fmt: skip
    parser.add_argument(
        "--slice", type=_minutes, default=math.inf, metavar="N",
        help="minutes to train now (default: until the budget is spent)",
    )  # fmt: skip
    parser.add_argument(
        "--seed", type=_whole(0, 2**63 - 1), metavar="N",
        help="of the first weights and all draws; the same over all slices (default: 0)",
    )  # fmt: skip
    parser.add_argument(
        "--no-compile", action="store_true",
        help="run the model as it is: a start without minutes of compiling, but slower steps",
    )  # fmt: skip


def _minutes(text: str) -> float:
    try:
        minutes = float(text)
    except ValueError:
        minutes = math.nan
    if not 0 < minutes < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is no number of minutes above 0")
    return minutes


def _whole(least: int, most: int | None = None) -> Callable[[str], int]:
    """Reads a whole number of a range."""

    def number(text: str) -> int:
        value = int(text)
        if value < least or (most is not None and value > most):
            span = f"at least {least}" if most is None else f"{least} to {most}"
            raise argparse.ArgumentTypeError(f"{text} is out of range; give {span}")
        return value

    return number


def run(options: argparse.Namespace) -> int:
    """0 when the slice ran, 2 when there is nothing to train on or to go on with."""
    from diffgem_engine.training.run import train  # noqa: PLC0415 - brings torch

    return train(options)

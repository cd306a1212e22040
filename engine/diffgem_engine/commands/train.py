"""Train a small model, or fine-tune a checkpoint: from folders of Python source to a checkpoint,
in slices that resume.

The first slice collects the corpus and learns the vocabulary; later ones go on from there and
need --out alone: what is not given is as before, but for --slice, --no-compile and --device, which
are each slice's own.  A signal ends a slice after its step.
"""

import argparse
import math
from pathlib import Path

from diffgem_engine.commands.numbers import whole

FIRST = "of the first slice; later ones refuse another value"
WIDTHS, LARGEST_WIDTH, MOST_LAYERS = 128, 2048, 64
RANK, MOST_RANK = 16, 1024
SMALLEST_VOCABULARY, LARGEST_VOCABULARY = 272, 65_536  # the special ids and all bytes at least


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None stands for what is not given, so that a later slice can tell."""
    parser.add_argument(
        "--out", required=True, type=Path, metavar="DIR",
        help="the run's folder: corpus, state and log; the checkpoint comes into DIR/model",
    )  # fmt: skip
    parser.add_argument(
        "--task", choices=("code", "sudoku"),
        help="what to learn: holes in the code of --source, or puzzles that are made up on the "
        "way, to see that a trainer and an engine do what they should (default: code)",
    )  # fmt: skip
    _add_corpus_arguments(parser)
    _add_new_model_arguments(parser)
    _add_tuning_arguments(parser)
    _add_teaching_arguments(parser)
    _add_run_arguments(parser)


def _add_corpus_arguments(parser: argparse.ArgumentParser) -> None:
    first = parser.add_argument_group("the corpus", FIRST)
    first.add_argument(
        "--source", nargs="+", type=Path, metavar="DIR",
        help="folders of projects, or a project's own folder if .py files lie in it; folders "
        "called test, tests or idle_test are left out, as is what is installed inside a project",
    )  # fmt: skip
    first.add_argument(
        "--hold-out", nargs="*", metavar="PROJECT_OR_PATH",
        help="what to evaluate on and never to train on: projects by their folders' names, folders "
        "and files inside a project by their paths",
    )  # fmt: skip
    first.add_argument(
        "--exclude", nargs="*", metavar="PROJECT", help="projects of --source to leave out"
    )
    first.add_argument(
        "--cap", type=whole(1), metavar="N",
        help="most characters of one project (default: 9000000)",
    )  # fmt: skip


def _add_new_model_arguments(parser: argparse.ArgumentParser) -> None:
    new = parser.add_argument_group("a new model", FIRST)
    new.add_argument(
        "--vocab", type=whole(SMALLEST_VOCABULARY, LARGEST_VOCABULARY), metavar="N",
        help=f"pieces of the vocabulary, {SMALLEST_VOCABULARY} to {LARGEST_VOCABULARY} "
        "(default: 4096)",
    )  # fmt: skip
    new.add_argument(
        "--width", type=_width, metavar="N",
        help=f"of its hidden states, a multiple of {WIDTHS} (default: 256; of Sudoku 128)",
    )  # fmt: skip
    new.add_argument(
        "--layers", type=whole(1, MOST_LAYERS), metavar="N",
        help="how many (default: 6; of Sudoku 4)",
    )  # fmt: skip
    new.add_argument(
        "--noise", choices=("absorbing", "uniform", "marked"),
        help="what stands in a slot that is not filled yet: the <hole> token, any token, or any "
        "token with a mark in the first self-conditioning (default: absorbing)",
    )  # fmt: skip


def _add_tuning_arguments(parser: argparse.ArgumentParser) -> None:
    tuning = parser.add_argument_group("fine-tuning", FIRST)
    tuning.add_argument(
        "--from", dest="checkpoint", metavar="CHECKPOINT",
        help="go on from a checkpoint, with its vocabulary: a folder, a hub id, or python-small, "
        "the embedded model; later slices need it where it was",
    )  # fmt: skip
    tuning.add_argument(
        "--lora", nargs="?", type=whole(1, MOST_RANK), const=RANK, metavar="RANK",
        help=f"train adapters of this rank ({RANK} without one) on attention and dense layers, and "
        "nothing else; they come into DIR/adapter, and merged into DIR/model",
    )  # fmt: skip


def _add_teaching_arguments(parser: argparse.ArgumentParser) -> None:
    teaching = parser.add_argument_group("teaching", FIRST)
    teaching.add_argument(
        "--optimizer", choices=("muon", "adamw"),
        help="(default: muon for a new model, adamw for fine-tuning)",
    )  # fmt: skip
    teaching.add_argument(
        "--rate", type=_rate, metavar="RATE",
        help="the highest learning rate (default: 0.024 with muon, half of that to fine-tune; "
        "0.003 with adamw, 0.00015 to fine-tune)",
    )  # fmt: skip
    teaching.add_argument(
        "--encoder-first", type=_share, metavar="SHARE",
        help="of the budget, on next tokens alone (default: 0.25 for a new model, else 0)",
    )  # fmt: skip
    teaching.add_argument(
        "--distil", type=_share, metavar="SHARE",
        help="of the budget, the last, on what the model itself writes in many steps (default: "
        "0.15 for a new model, else 0)",
    )  # fmt: skip
    teaching.add_argument(
        "--rows", type=whole(1), metavar="N",
        help="prompts of a step; fewer take less memory (default: 6; of Sudoku 16 puzzles)",
    )  # fmt: skip


def _add_run_arguments(parser: argparse.ArgumentParser) -> None:
    budget = parser.add_mutually_exclusive_group()
    budget.add_argument(
        "--minutes", type=_minutes, metavar="N",
        help="the whole budget, over all slices; a later slice may raise it (default: 120)",
    )  # fmt: skip
    budget.add_argument(
        "--steps", type=whole(1), metavar="N",
        help="the budget in steps of --rows prompts, instead: it teaches as much on every machine",
    )  # fmt: skip
    parser.add_argument(
        "--slice", type=_minutes, default=math.inf, metavar="N",
        help="minutes to train now (default: until the budget is spent)",
    )  # fmt: skip
    parser.add_argument(
        "--seed", type=whole(0, 2**63 - 1), metavar="N",
        help="of the first weights and all draws; the same over all slices (default: 0)",
    )  # fmt: skip
    parser.add_argument(
        "--device", metavar="NAME",
        help="cpu, cuda, cuda:1, ...; any slice's own (default: cuda where there is one)",
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
        raise argparse.ArgumentTypeError(f"give a number of minutes above 0, not {text}")
    return minutes


def _rate(text: str) -> float:
    return _number(text, 0.0, 1.0, "a rate above 0, and at most 1", above=True)


def _share(text: str) -> float:
    return _number(text, 0.0, 1.0, "a share from 0 to 1")


def _number(text: str, least: float, most: float, what: str, *, above: bool = False) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not least <= value <= most or (above and value == least):
        raise argparse.ArgumentTypeError(f"give {what}, not {text}")
    return value


def _width(text: str) -> int:
    width = int(text) if text.isdecimal() and len(text) < 6 else 0
    if width % WIDTHS or not WIDTHS <= width <= LARGEST_WIDTH:
        raise argparse.ArgumentTypeError(
            f"give a multiple of {WIDTHS} from {WIDTHS} to {LARGEST_WIDTH}, not {text}"
        )
    return width


def run(options: argparse.Namespace) -> int:
    """0 when the slice ran, 2 when there is nothing to train on or to go on with."""
    from diffgem_engine.training.run import train  # noqa: PLC0415 - brings torch

    return train(options)

"""`diffgem-engine train`: from folders of source to a checkpoint, in slices that resume."""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="the run's folder")
    parser.add_argument(
        "--source", nargs="+", type=Path, default=[], metavar="DIR",
        help="folders of projects; needed for the first slice only",
    )  # fmt: skip
    parser.add_argument("--hold-out", nargs="*", default=[], metavar="PROJECT")
    parser.add_argument("--exclude", nargs="*", default=[], metavar="PROJECT")
    parser.add_argument(
        "--cap", type=int, default=9_000_000, metavar="N", help="most characters of one project"
    )
    parser.add_argument("--vocab", type=int, default=4096, metavar="N")
    parser.add_argument("--minutes", type=float, default=120.0, help="the whole budget")
    parser.add_argument("--slice", type=float, default=1e9, metavar="MINUTES", help="stop after")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-compile", action="store_true")


def run(options: argparse.Namespace) -> int:
    """0 when the slice ran, 2 when there is nothing to train on."""
    from diffgem_engine.training.run import train  # noqa: PLC0415 - brings torch

    return train(options)

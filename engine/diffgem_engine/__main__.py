"""Command line: serve, bench, eval, train."""

import argparse
import logging
import sys
from collections.abc import Sequence
from importlib import import_module

from diffgem_engine import __version__

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
# Each is a module of `commands` with `add_arguments` and `run`; importing it brings no torch.
COMMANDS = {
    "serve": ("serve", "serve a checkpoint to editors"),
    "train": ("train", "train a small model on folders of source"),
    "eval": ("evaluate", "measure a checkpoint's quality beside baselines"),
    "bench": ("bench", "measure the claims on speed and memory"),
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="diffgem-engine", description="Fills holes in code with a diffusion language model."
    )
    parser.add_argument("--version", action="version", version=f"diffgem-engine {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, (module, purpose) in COMMANDS.items():
        command = import_module(f"diffgem_engine.commands.{module}")
        added = commands.add_parser(name, help=purpose, description=command.__doc__)
        command.add_arguments(added)
        added.set_defaults(run=command.run)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0 fine, 1 the model does not load, 2 bad input, 3 the socket is taken."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT)
    code: int = options.run(options)
    return code


if __name__ == "__main__":
    sys.exit(main())

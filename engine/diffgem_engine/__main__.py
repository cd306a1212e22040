"""Command line: serve, token, bench, eval, train."""

import argparse
import logging
import sys
from collections.abc import Sequence
from importlib import import_module

from diffgem_engine import LOG_FORMAT, __version__
from diffgem_engine.extra import missing_package
from diffgem_engine.output import OutputLost, ended_without_output, settle_output

INTERRUPTED = 130  # as a shell tells it
# Each is a module of `commands` with `add_arguments` and `run`.  Importing it brings nothing of the
# extra `engine`: the command line works without.
COMMANDS = {
    "serve": ("serve", "serve a checkpoint to editors"),
    "token": ("token", "make, list and revoke the tokens of a team"),
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
        # `--token X` is not `--tokens X`: what follows it might be one
        added = commands.add_parser(
            name, help=purpose, description=command.__doc__, allow_abbrev=False
        )
        command.add_arguments(added)
        added.set_defaults(run=command.run)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0 fine, 1 the model does not load or a package is missing, 2 bad input,
    3 the socket is taken, or the engine to ask is not there, 4 the output cannot be written, 130
    interrupted, 141 nobody reads the output.
    """
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT)
    for chatty in ("httpx", "matplotlib"):  # a line for every request, for every font
        logging.getLogger(chatty).setLevel(logging.WARNING)
    try:
        code: int = options.run(options)
    except ModuleNotFoundError as error:
        if (lacking := missing_package(error)) is None:
            raise
        print(f"diffgem-engine: {lacking}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("diffgem-engine: interrupted", file=sys.stderr)
        return INTERRUPTED
    except OutputLost as error:
        return ended_without_output(error, "diffgem-engine")
    finally:
        settle_output()
    return code


if __name__ == "__main__":
    sys.exit(main())

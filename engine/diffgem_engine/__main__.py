"""Command line: serve, bench, eval, train."""

import argparse
import logging
import sys
from collections.abc import Sequence

from diffgem_engine import __version__

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="diffgem-engine", description="Fills holes in code with a diffusion language model."
    )
    parser.add_argument("--version", action="version", version=f"diffgem-engine {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _add_serve(commands.add_parser("serve", help="serve a checkpoint to editors"))
    return parser


def _add_model_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model", metavar="DIR_OR_ID", help="a checkpoint's folder or hub id (default: embedded)"
    )
    parser.add_argument("--device", metavar="NAME", help="cpu, cuda, cuda:1, ...")
    parser.add_argument("--dtype", choices=("float32", "bfloat16"))


def _add_serve(parser: argparse.ArgumentParser) -> None:
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--socket", metavar="PATH", help="a unix socket, or tcp://HOST:PORT")
    where.add_argument("--host", metavar="H", help="a loopback address")
    parser.add_argument("--port", type=int, default=0, metavar="P", help="with --host; 0: any")
    parser.add_argument(
        "--idle-exit", type=float, default=0.0, metavar="S", help="end after S s without clients"
    )
    _add_model_options(parser)


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0 fine, 1 the model does not load, 2 bad input, 3 the socket is taken."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    from diffgem_engine.commands import serve  # noqa: PLC0415 - torch loads after the arguments

    return serve.run(options)


if __name__ == "__main__":
    sys.exit(main())

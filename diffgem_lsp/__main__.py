"""Command line: serve (the default), complete, explain, doctor, options, stats, forget."""

import argparse
import gc
import logging
import os
import sys
from collections.abc import Sequence
from typing import Any

from diffgem_engine import LOG_FORMAT
from diffgem_engine.output import OutputLost, ended_without_output
from diffgem_lsp import __version__
from diffgem_lsp.commands import STDIN
from diffgem_lsp.commands.terminal import forgiving

LEVEL_VARIABLE = "DIFFGEM_LOG_LEVEL"  # as --log-level; editors set it
LEVELS = ("debug", "info", "warning", "error")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="diffgem-lsp", description="Language server for code infilling; speaks LSP on stdio."
    )
    parser.add_argument("--version", action="version", version=f"diffgem-lsp {__version__}")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--stdio", action="store_true", help="serve on stdio, as without it")
    where.add_argument("--tcp", metavar="HOST:PORT", help="serve one client there, not on stdio")
    _add_log_options(parser)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    _add_complete(commands)
    _add_explain(commands)
    doctor = commands.add_parser(
        "doctor", allow_abbrev=False, help="check the installation, say what to do"
    )
    _add_engine_options(doctor)
    settings = commands.add_parser("options", help="every setting of the language server")
    form = settings.add_mutually_exclusive_group()
    form.add_argument("--markdown", action="store_true", help="as a table in Markdown")
    form.add_argument("--json", action="store_true", help="as a JSON Schema of each")
    _add_stats(commands)
    forget = commands.add_parser(
        "forget", allow_abbrev=False, help="end the engine, delete counts, indexes and logs"
    )
    forget.add_argument("--socket", metavar="PATH", help="of an engine that is to end as well")
    return parser


def _add_log_options(parser: argparse.ArgumentParser, **fields: Any) -> None:
    log_file, verbose = "log there, not to standard error", "log what happens (never any text)"
    parser.add_argument("--log-file", metavar="FILE", help=log_file, **fields)
    parser.add_argument("--verbose", action="store_true", help=verbose, **fields)
    level = "debug, info (as --verbose), warning (default) or error"
    parser.add_argument("--log-level", choices=LEVELS, help=level, **fields)


def _add_complete(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    complete = commands.add_parser(
        "complete",
        allow_abbrev=False,
        help="fill the hole at one place of a file",
        description="Fill the hole at one place of a file, as for who asks by hand: what is not "
        "sure enough to be shown while you type is printed as well.",
    )
    complete.add_argument(
        "place",
        metavar="FILE:LINE:COL",
        help="1-based line, column in code points; -:LINE:COL is stdin",
    )
    complete.add_argument("--json", action="store_true", help="print one JSON object")
    complete.add_argument("--watch", action="store_true", help="show the canvas at every step")
    complete.add_argument("--language", metavar="ID", help="LSP language id (stdin: python)")
    complete.add_argument("--steps", type=_steps, metavar="N", help="most denoising steps, 1..256")
    complete.add_argument(
        "--candidates", type=_candidates, metavar="N", help="most alternatives (in --json), 1..8"
    )
    complete.add_argument("--seed", type=_seed, default=0, metavar="N", help="of the random stream")
    _add_engine_options(complete)


def _add_stats(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    stats = commands.add_parser("stats", help="what became of the suggestions on this machine")
    stats.add_argument("--since", type=_days, metavar="DAYS", help="only of the last days")
    stats.add_argument("--json", action="store_true", help="print one JSON object")
    stats.add_argument("--html", metavar="FILE", help="write one page with plots")


def _days(text: str) -> int:
    return _whole(text, 1, 9_999)


def _add_explain(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    explain = commands.add_parser(
        "explain", allow_abbrev=False, help="show what the engine is sent, and why"
    )
    explain.add_argument("place", metavar="FILE:LINE:COL", help="as in complete")
    explain.add_argument("--json", action="store_true", help="print one JSON object")
    explain.add_argument("--language", metavar="ID", help="LSP language id (stdin: python)")
    explain.add_argument(
        "--workspace", metavar="DIR", help="whose declarations count (default: the repository's)"
    )
    explain.add_argument(
        "--context-tokens", type=_context_tokens, metavar="N", help="of the preamble, 0..4096"
    )
    _add_engine_options(explain)


def _no_option(argument: str) -> str:
    """`-:3:7` as argparse takes it: what begins with a dash is an option to it."""
    return f"{STDIN}{argument[1:]}" if argument.startswith("-:") else argument


def _steps(text: str) -> int:
    return _whole(text, 1, 256)


def _candidates(text: str) -> int:
    return _whole(text, 1, 8)


def _context_tokens(text: str) -> int:
    return _whole(text, 0, 4_096)


def _seed(text: str) -> int:
    return _whole(text, 0, 2**31)


def _whole(text: str, least: int, most: int) -> int:
    short = len(text) <= len(str(most)) and text.isascii() and text.isdecimal()
    if not short or not least <= int(text) <= most:
        raise argparse.ArgumentTypeError(f"give {least} to {most}, not {text[:20]}")
    return int(text)


def _add_engine_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--socket", metavar="PATH", help="the engine's socket, tcp://HOST:PORT or tls://HOST:PORT"
    )
    parser.add_argument(
        "--token-file", metavar="FILE", help="with the token for it (default: DIFFGEM_TOKEN)"
    )
    parser.add_argument(
        "--certificate", metavar="FILE", help="who signed its certificate, or that itself (PEM)"
    )
    parser.add_argument(
        "--model", metavar="DIR_OR_ID", help="the checkpoint, for an engine started here"
    )
    # a default of its own would take back what stands before the command
    _add_log_options(parser, default=argparse.SUPPRESS)


def _configure_log(options: argparse.Namespace) -> None:
    """A command prints its errors itself."""
    quiet = logging.ERROR if options.command else logging.WARNING
    level = logging.INFO if options.verbose else quiet
    logging.basicConfig(filename=options.log_file, level=level, format=LOG_FORMAT)
    wanted = options.log_level or os.environ.get(LEVEL_VARIABLE)
    if wanted in LEVELS:  # of ours alone: others write the user's text down in detail
        logging.getLogger("diffgem_lsp").setLevel(wanted.upper())
    logging.getLogger("pygls").setLevel(logging.WARNING)  # at INFO it logs the user's text


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0 fine, 1 nothing to show or a failed check, 2 bad input, 3 no engine,
    4 the output cannot be written, and what shells have for a signal (Ctrl-C, a closed pipe).
    """
    forgiving(sys.stdout, sys.stderr)
    given = sys.argv[1:] if arguments is None else arguments
    options = _parser().parse_args([_no_option(argument) for argument in given])
    try:
        _configure_log(options)
    except OSError as error:
        why = f"cannot log to {options.log_file}: {error.strerror}; give another --log-file"
        print(f"diffgem-lsp: {why}", file=sys.stderr)
        return 2
    try:
        return _run(options)
    except KeyboardInterrupt:
        return 130
    except OutputLost as error:
        return ended_without_output(error, "diffgem-lsp")


def _run(options: argparse.Namespace) -> int:
    if options.command == "complete":
        from diffgem_lsp.commands import complete  # noqa: PLC0415 - each command loads its own

        return complete.run(options)
    if options.command == "explain":
        from diffgem_lsp.commands import explain  # noqa: PLC0415

        return explain.run(options)
    if options.command == "doctor":
        from diffgem_lsp.commands import doctor  # noqa: PLC0415

        return doctor.run(options)
    if options.command == "options":
        from diffgem_lsp.commands import options as settings  # noqa: PLC0415

        return settings.run(options)
    if options.command == "stats":
        from diffgem_lsp.commands import stats  # noqa: PLC0415

        return stats.run(options)
    if options.command == "forget":
        from diffgem_lsp.commands import forget  # noqa: PLC0415

        return forget.run(options)
    return _serve(options.tcp)


def _serve(tcp: str | None) -> int:
    """What is loaded stays: to look for garbage in it would be a tenth of the start."""
    gc.disable()
    from diffgem_lsp.commands import serve  # noqa: PLC0415

    gc.freeze()
    gc.enable()
    return serve.run(tcp)


if __name__ == "__main__":
    sys.exit(main())

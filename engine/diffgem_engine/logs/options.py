"""`--log-format`, `--log-file` and what goes with them."""

import argparse
import contextlib
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

from diffgem_engine.logs.file import LogFile, LogStream
from diffgem_engine.logs.lines import JsonLines, TextLines
from diffgem_engine.logs.seldom import Seldom

OURS = "diffgem_engine"
OF_STRANGERS = (
    "uvicorn.error",
    "asyncio",
    "diffgem_engine.process.bounds",
)  # what they say, anybody causes
MEGABYTE = 10**6
FORMATS = {"text": TextLines, "json": JsonLines}
LEVELS = ("debug", "info", "warning", "error")

log = logging.getLogger(__name__)


class LogError(Exception):
    """The log cannot be kept where it was asked for; the message says what to do."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("log")
    group.add_argument(
        "--log-format", choices=[*FORMATS], default="text", help="text (default), or JSON lines"
    )
    group.add_argument("--log-file", metavar="FILE", help="there, not on standard error")
    group.add_argument(
        "--log-file-mb", type=_megabytes, default=16, metavar="N", help="then a new file (16)"
    )
    group.add_argument("--log-level", choices=LEVELS, default="info", help="info by default")
    group.add_argument(
        "--log-prompts", action="store_true", help="also what users type and what is generated"
    )


@contextlib.contextmanager
def configured(options: argparse.Namespace) -> Iterator[None]:
    """While inside, the log of this process is as the options say.  Raises LogError."""
    handler = _handler(options)
    handler.setFormatter(FORMATS[options.log_format](prompts=options.log_prompts))
    root, ours = logging.getLogger(), logging.getLogger(OURS)
    replaced = [each for each in root.handlers if type(each) is logging.StreamHandler]
    before = ours.level
    _exchange(root, replaced, [handler])
    seldom = _seldom()
    # Of ours alone: others write whole messages down in detail.
    ours.setLevel(options.log_level.upper())
    if options.log_prompts:
        log.warning("--log-prompts: what users type and what is generated goes into this log")
    try:
        yield
    finally:
        ours.setLevel(before)
        for each in OF_STRANGERS:
            logging.getLogger(each).removeFilter(seldom)
        _exchange(root, [handler], replaced)
        handler.close()


def _handler(options: argparse.Namespace) -> logging.Handler:
    if options.log_file is None:
        return LogStream()
    try:
        return LogFile(Path(options.log_file), options.log_file_mb * MEGABYTE)
    except OSError as error:
        raise LogError(
            f"cannot log to {options.log_file}: {error.strerror}; give another --log-file"
        ) from error


def _seldom() -> Seldom:
    found = Seldom()
    for each in OF_STRANGERS:
        logging.getLogger(each).addFilter(found)
    return found


def _exchange(
    root: logging.Logger, old: Sequence[logging.Handler], new: Sequence[logging.Handler]
) -> None:
    for handler in old:
        root.removeHandler(handler)
    for handler in new:
        root.addHandler(handler)


def _megabytes(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:6]) <= 10_000):
        raise argparse.ArgumentTypeError(f"give 1 to 10000, not {text[:20]}")
    return int(text)

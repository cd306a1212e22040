"""`diffgem-lsp stats`: what became of the suggestions on this machine."""

import argparse
import json
import os
import secrets
import shutil
import sys
import time
from pathlib import Path

from diffgem_engine.endpoint import EndpointError
from diffgem_engine.output import write
from diffgem_lsp.acceptance import table
from diffgem_lsp.acceptance.figures import DAY_S, Figures, figures_of
from diffgem_lsp.acceptance.history import read_all
from diffgem_lsp.commands.folders import counts_folder

NOTHING_YET = """nothing was shown yet{since}, as far as {folder} knows.
Open a file in an editor that has diffgem-lsp as its language server, and type; the setting
`acceptance` must be on, as it is by default.  What is kept there never leaves this machine."""


def run(options: argparse.Namespace) -> int:
    """1 where there is nothing to count and no page to write, 4 where a file is in the way."""
    since = time.time() - options.since * DAY_S if options.since else 0.0
    try:
        folder = counts_folder()
        figures = figures_of(read_all(folder, since))
        _show(figures, options, folder)
    except EndpointError as error:
        print(f"diffgem-lsp: {error}", file=sys.stderr)
        return 4
    except OSError as error:
        why = (
            f"cannot use {error.filename}: {error.strerror}; give another --html, or let this user"
        )
        print(f"diffgem-lsp: {why} read and write there", file=sys.stderr)
        return 4
    return 0 if figures.shown or options.html is not None else 1


def _show(figures: Figures, options: argparse.Namespace, folder: Path) -> None:
    """Raises OSError."""
    if options.html is not None:
        from diffgem_lsp.acceptance import page  # noqa: PLC0415 - for whom wants it alone

        _put(page.of(figures, options.since), options.html)
        write(f"written to {options.html}", sys.stdout)
    elif options.json:
        write(json.dumps(figures.wire()), sys.stdout)
    elif not figures.shown:
        since = f" in the last {options.since:g} days" if options.since else ""
        write(NOTHING_YET.format(since=since, folder=folder), sys.stdout)
    else:
        write("\n".join(table.rows(figures)), sys.stdout)


def _put(text: str, place: str) -> None:
    """Whole or not at all: the page of before stays where this one has no room.

    Raises OSError, which names `place`.
    """
    try:
        _replace(Path(os.path.realpath(place)), text)  # a link stays one
    except OSError as error:
        raise OSError(error.errno, error.strerror, place) from error


def _replace(path: Path, text: str) -> None:
    if path.exists() and not path.is_file():  # as /dev/stdout
        path.write_text(text, encoding="utf-8")
        return
    new = path.with_name(f".{secrets.token_hex(8)}.html")
    try:
        new.write_text(text, encoding="utf-8")
        if path.exists():
            shutil.copymode(path, new)
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise

"""`diffgem-lsp stats`: what became of the suggestions on this machine."""

import argparse
import json
import sys
import time
from pathlib import Path

from diffgem_lsp.acceptance import table
from diffgem_lsp.acceptance.figures import DAY_S, Figures, figures_of
from diffgem_lsp.acceptance.history import read_all
from diffgem_lsp.acceptance.journal import state_folder
from diffgem_lsp.commands.terminal import write

NOTHING_YET = """nothing was shown yet{since}, as far as {folder} knows.
Open a file in an editor that has diffgem-lsp as its language server, and type; the setting
`acceptance` must be on, as it is by default.  What is kept there never leaves this machine."""


def run(options: argparse.Namespace) -> int:
    """1 where there is nothing to count and no page to write, 4 where a file is in the way."""
    folder = state_folder()
    since = time.time() - options.since * DAY_S if options.since else 0.0
    try:
        figures = figures_of(read_all(folder, since))
        _show(figures, options, folder)
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

        Path(options.html).write_text(page.of(figures, options.since), encoding="utf-8")
        write(f"written to {options.html}", sys.stdout)
    elif options.json:
        write(json.dumps(figures.wire()), sys.stdout)
    elif not figures.shown:
        since = f" in the last {options.since:g} days" if options.since else ""
        write(NOTHING_YET.format(since=since, folder=folder), sys.stdout)
    else:
        write("\n".join(table.rows(figures)), sys.stdout)

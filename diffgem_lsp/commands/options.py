"""`diffgem-lsp options`: every setting, its default and its meaning."""

import argparse
import sys

from diffgem_engine.output import write
from diffgem_lsp.options import page


def run(options: argparse.Namespace) -> int:
    write(_page(options).rstrip(), sys.stdout)
    return 0


def _page(options: argparse.Namespace) -> str:
    if options.json:
        return page.schema()
    return page.markdown() if options.markdown else page.plain()

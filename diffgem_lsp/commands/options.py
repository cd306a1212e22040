"""`diffgem-lsp options`: every setting, its default and its meaning."""

import sys

from diffgem_lsp.commands.terminal import write
from diffgem_lsp.options import page


def run(as_markdown: bool) -> int:
    write((page.markdown() if as_markdown else page.plain()).rstrip(), sys.stdout)
    return 0

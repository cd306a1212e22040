"""What editors/README.md tells users to put into their editor, as they would put it there."""

import re
import sys
from pathlib import Path

from installed import ROOT

PAGE = ROOT / "editors" / "README.md"
PROGRAM = Path(sys.executable).with_name("diffgem-lsp")


def snippet(heading: str, number: int = 0) -> str:
    """The block of that number below the heading, with the paths of this checkout."""
    page = PAGE.read_text()
    (section,) = re.findall(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", page, re.M | re.S)
    blocks = re.findall(r"^```\w+\n(.*?)^```$", section, re.M | re.S)
    return in_place(blocks[number])


def in_place(text: str) -> str:
    assert "/path/to/" in text
    placed = text.replace("/path/to/.venv/bin/diffgem-lsp", str(PROGRAM))
    return placed.replace("/path/to/diffgem/", f"{ROOT}/")

"""What the documentation says of next edits, and what they do."""

import re
from pathlib import Path

from diffgem_lsp.next_edits.choosing import ALWAYS, MARGINS, NEVER
from diffgem_lsp.next_edits.proposals import KINDS

PAGE = Path(__file__).parents[2] / "docs" / "next-edits.md"
WORDS = {"always": ALWAYS, "never": NEVER}
ROW = re.compile(r"^\| (`\w+`(?:, `\w+`)*) \| .* \| (\S+) \|$", re.MULTILINE)


def test_the_table_has_every_kind_and_its_margin():
    """The page said what had been so before the last fit."""
    page = PAGE.read_text(encoding="utf-8")
    told = {}
    for names, margin in ROW.findall(page):
        for name in re.findall(r"\w+", names):
            told[name] = WORDS[margin] if margin in WORDS else float(margin)
    assert told == dict(MARGINS)
    assert set(told) == set(KINDS)

"""What the documentation says of next edits, and what they do."""

import re

from project_files import ROOT

from diffgem_lsp.next_edits.choosing import ALWAYS, MARGINS, NEVER
from diffgem_lsp.next_edits.proposals import KINDS

WORDS = {"always": ALWAYS, "never": NEVER}
ROW = re.compile(r"^\| (`\w+`(?:, `\w+`)*) \| .* \| (\S+) \|$", re.MULTILINE)


def test_the_table_has_every_kind_and_its_margin():
    """The page said what had been so before the last fit."""
    page = (ROOT / "docs" / "next-edits.md").read_text(encoding="utf-8")
    told = {}
    for names, margin in ROW.findall(page):
        for name in re.findall(r"\w+", names):
            told[name] = WORDS[margin] if margin in WORDS else float(margin)
    assert told == dict(MARGINS)
    assert set(told) == set(KINDS)

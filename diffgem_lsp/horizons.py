"""How far beyond the cursor a text is parsed.

A key at the end of a block moves dedents, and an open quote turns all that follows inside out:
tree-sitter then reads thousands of lines anew, of which nobody asks anything.
"""

import re

from diffgem_lsp.grammars import grammar_of
from diffgem_lsp.lines import Lines

_NEAR = 100  # lines after the cursor that are always parsed
_REST = 200  # where no more than these are left, all are
_TOP_LEVEL = re.compile(r"\n(?=[^\s)\]}{])")
# A block may end at any of its statements, if it is not the first.
_STATEMENT = re.compile(
    r"\n(?=(?!(?:else|elif|except|finally)\b)[A-Za-z_@])|\n[ \t]*\r?\n(?=[ \t]*(?:@|def |class ))"
)


def horizon(lines: Lines, offset: int, language_id: str) -> int:
    """Where the text that matters at `offset` ends: the start of a line, or the end of the text.

    Only what follows `offset` counts, so that text put in there moves the horizon along with it,
    and the errors with and without that text can be compared.
    """
    line = lines.line_of(offset)
    if lines.count - line <= _REST:
        return len(lines.text)
    place = _STATEMENT if grammar_of(language_id) == "python" else _TOP_LEVEL
    found = place.search(lines.text, lines.start(line + _NEAR) - 1)
    return found.end() if found is not None else len(lines.text)

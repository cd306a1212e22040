"""Whether a blank line stands for the body of what the line before it opens."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from diffgem_lsp.holes.kinds import HoleKind
from diffgem_lsp.holes.nodes import enclosing
from diffgem_lsp.snapshots import Snapshot
from diffgem_lsp.syntax.grammars import grammar_of
from diffgem_lsp.text.lines import Lines, indent_width

_BRACES = re.compile(r".*\{|\s*(case\b.*|default\s*):")
_OPENERS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "bash": re.compile(r".*(\{|\b(then|do|else|in))"),
        "lua": re.compile(r".*\b(then|do|else|repeat|function\b[^()]*\([^()]*\))"),
        "python": re.compile(r".*:"),
        "ruby": re.compile(
            r".*\{(\s*\|[^|]*\|)?|.*\b(do(\s*\|[^|]*\|)?|then|begin)|\s*(\w+\s+)?def\b.*"
            r"|\s*(class|module|if|elsif|unless|while|until|for|when|rescue|ensure|else)\b.*"
        ),
    }
)
LONGEST_LINE = 1_000  # characters: what is longer was written by no hand
MOST_BLANK = 200  # lines that are looked at below
_UNKNOWN = re.compile(r".*([:{]|\b(then|do|begin))")
# A bracket of these is data, not a body.
_DATA = frozenset(
    {
        "array_creation_expression",
        "dictionary",
        "export_clause",
        "hash",
        "initializer_list",
        "literal_value",
        "named_imports",
        "object",
        "object_pattern",
        "slice",
        "table_constructor",
        "use_list",
    }
)


def in_empty_block(snapshot: Snapshot) -> bool:
    """For a cursor on a blank line."""
    lines = snapshot.lines
    line = lines.line_of(snapshot.offset)
    return line > 0 and _opens(snapshot, line - 1) and _is_empty(lines, line)


def _opens(snapshot: Snapshot, line: int) -> bool:
    start = snapshot.lines.start(line)
    code = snapshot.lines.line_text(line).rstrip()
    if len(code) > LONGEST_LINE:
        return False
    if snapshot.tree is not None:
        code = _without_comment(snapshot, start, code)
    return _opener(snapshot.language_id).fullmatch(code) is not None and not _ends_in_data(
        snapshot, start + len(code)
    )


def _opener(language_id: str) -> re.Pattern[str]:
    grammar = grammar_of(language_id)
    return _OPENERS.get(grammar, _BRACES) if grammar is not None else _UNKNOWN


def _without_comment(snapshot: Snapshot, start: int, code: str) -> str:
    """The line at `start` up to a comment that ends it."""
    tree = snapshot.tree
    if tree is None:
        return code
    for node in tree.path(start + len(code)):
        if "comment" in node.type and node.start_byte >= tree.byte(start):
            return code[: tree.offset(node.start_byte) - start].rstrip()
    return code


def _ends_in_data(snapshot: Snapshot, offset: int) -> bool:
    """Whether what ends at `offset` is a literal's bracket, or within a string or a comment."""
    tree = snapshot.tree
    if tree is None:
        return False
    holders = tree.path(offset)[:-1]
    # Before it is closed, a block can look like a literal.
    in_literal = bool(holders) and holders[-1].type in _DATA and not holders[-1].has_error
    return in_literal or enclosing(tree, offset) in {HoleKind.STRING, HoleKind.COMMENT}


def _is_empty(lines: Lines, line: int) -> bool:
    """Whether nothing after blank `line` is indented deeper than the line before it."""
    below = range(line + 1, min(lines.count, line + 1 + MOST_BLANK))
    after = (lines.line_text(later) for later in below)
    following = next((text for text in after if text.strip()), "")
    return indent_width(following) <= indent_width(lines.line_text(line - 1))

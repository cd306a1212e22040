"""Snippets as text that stands before the prefix: each file's under its name, in comments."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from types import MappingProxyType

from diffgem_lsp.prompt.snippets import Snippet
from diffgem_lsp.syntax.grammars import grammar_of

_MARKS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "bash": ("# ", ""),
        "css": ("/* ", " */"),
        "html": ("<!-- ", " -->"),
        "lua": ("-- ", ""),
        "python": ("# ", ""),
        "ruby": ("# ", ""),
    }
)
_OTHERS = ("// ", "")


def comment(line: str, language_id: str) -> str:
    before, after = _MARKS.get(grammar_of(language_id) or "", _OTHERS)
    return f"{before}{line}{after}".rstrip()


def render(snippets: Sequence[Snippet], language_id: str) -> str:
    """Ends in an empty line; nothing of nothing."""
    pieces = []
    for file, group in groupby(snippets, key=lambda each: each.file):
        lines = [comment(file, language_id)]
        for snippet in group:
            code = snippet.text.split("\n")
            lines += [comment(line, language_id) for line in code] if snippet.prose else code
        pieces.append("\n".join(lines))
    return "\n\n".join(pieces) + "\n\n" if pieces else ""

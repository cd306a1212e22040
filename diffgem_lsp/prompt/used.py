"""Which names the code at the cursor uses, and what the document imports."""

import re

from diffgem_lsp.snapshots import Snapshot

BEFORE, AFTER = 2_000, 500  # characters around the cursor that are looked at
TOP = 20_000  # characters of the document in which imports are looked for
MOST = 48  # names
LEAST = 3  # characters of a name
IDENTIFIER = re.compile(r"[^\W\d]\w*")
_IMPORT = re.compile(
    r"^[ \t]*(?:from|import|use|using|require|package|#[ \t]*include|(?:const|let|var)\b.*\brequire"
    r"|export\b.*\bfrom)\b[^\n({]*(?:\([^)]*\)|\{[^}]*\})?[^\n]*",
    re.MULTILINE,
)


def names_around(snapshot: Snapshot) -> list[str]:
    """The nearest first, those before the cursor before those after it."""
    text, offset = snapshot.text, snapshot.offset
    before = IDENTIFIER.findall(text[max(0, offset - BEFORE) : offset])
    after = IDENTIFIER.findall(text[offset : offset + AFTER])
    names = (name for name in (*reversed(before), *after) if len(name) >= LEAST)
    return list(dict.fromkeys(names))[:MOST]


def imported_words(snapshot: Snapshot) -> frozenset[str]:
    """All words of import statements: names, and the parts of modules' names."""
    found = _IMPORT.finditer(snapshot.text[:TOP])
    return frozenset(word for match in found for word in IDENTIFIER.findall(match[0]))

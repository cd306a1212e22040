"""Documents with edits drawn into them: `[old->new]` was made, `<old->new>` is to follow."""

import re

from diffgem_lsp.next_edits.history import Change
from diffgem_lsp.snapshots import Snapshot

_MADE = re.compile(r"\[([^][<>\n]*)->([^][<>\n]*)\]")
_TO_FOLLOW = re.compile(r"<([^<>\n]*)->([^<>\n]*)>")


def drawn(text, language):
    """The snapshot after the edits, and the changes in the order of the text."""
    changes, at, plain = [], 0, ""
    for made in _MADE.finditer(text):
        plain += text[at : made.start()]
        changes.append(Change(len(plain), made[1], made[2]))
        plain += made[2]
        at = made.end()
    plain += text[at:]
    return Snapshot.of(plain, 0, language, f"file:///a.{language}"), tuple(changes)


def asked_for(text, language):
    """What is drawn to follow, taken out of `text`: the rest as `drawn` has it."""
    without = _TO_FOLLOW.sub(r"\1", text)
    return drawn(without, language)


def draw(snapshot, changes, proposals):
    """The document with its changes, and with the proposals."""
    marks = [(c.start, c.end, f"[{c.before}->{c.after}]") for c in changes]
    marks += [(p.start, p.end, f"<{snapshot.text[p.start : p.end]}->{p.text}>") for p in proposals]
    text = snapshot.text
    for start, end, mark in sorted(marks, reverse=True):
        text = text[:start] + mark + text[end:]
    return text

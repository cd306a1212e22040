"""Which proposals are offered: those that beat staying quiet by the margin of their kind."""

import math
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from diffgem_lsp.next_edits.judging import Judged
from diffgem_lsp.next_edits.proposals import Proposal, disjoint
from diffgem_lsp.snapshots import Snapshot
from diffgem_lsp.syntax.scopes import error_count

MOST = 8  # edits of one reply
NAMES = frozenset({"rename", "repeat", "name", "parameter"})
ALWAYS, NEVER = -math.inf, math.inf
Margins = Mapping[str, float]

# In nats, by `diffgem-engine eval next-edits` with the embedded model.  Where the tree is hardly
# ever wrong, the model is not asked; what it cannot tell right from wrong is not offered.
MARGINS: Margins = MappingProxyType(
    {
        "rename": ALWAYS,
        "repeat": ALWAYS,
        "parameter": ALWAYS,
        "removal": ALWAYS,
        "name": NEVER,
        "argument": -2.0,
        "guess": NEVER,
        "typo": 10.0,
        "doubt": 10.0,
    }
)


def chosen(snapshot: Snapshot, judged: Iterable[Judged], margins: Margins) -> list[Proposal]:
    """In the order given, disjoint, none that adds a syntax error."""
    beats = (each.proposal for each in judged if each.gain >= margins[each.proposal.kind])
    return sound(snapshot, beats)


def sound(snapshot: Snapshot, proposals: Iterable[Proposal]) -> list[Proposal]:
    return disjoint([each for each in proposals if _is_sound(snapshot, each)])[:MOST]


def _is_sound(snapshot: Snapshot, proposal: Proposal) -> bool:
    """Whether it changes something, and adds no syntax error."""
    start, end = proposal.span
    now = snapshot.text[start:end]
    if now == proposal.text:
        return False
    if proposal.kind in NAMES:
        return True  # a name for a name
    there = snapshot.at(start).replaced(start, end, now).tree
    then = snapshot.at(start).replaced(start, end, proposal.text).tree
    if there is None or then is None:
        return False
    return error_count(then) <= error_count(there)

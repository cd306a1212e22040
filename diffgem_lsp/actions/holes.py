"""The holes of several cursors, as one offer."""

import itertools
from collections.abc import Sequence

from lsprotocol.types import Range

from diffgem_lsp.actions.data import BadData
from diffgem_lsp.actions.kinds import ActionKind, Offer, Opening, Shape
from diffgem_lsp.snapshots import Snapshot


def holes_of(snapshot: Snapshot, ranges: Sequence[Range]) -> tuple[Offer, list[int]]:
    """Their openings in the document's order, and for each range the place of its own there.

    Raises BadData for ranges that overlap.
    """
    spans = [(snapshot.offset_of(each.start), snapshot.offset_of(each.end)) for each in ranges]
    if any(start > end for start, end in spans):
        raise BadData("a range ends before it starts")
    ordered = sorted(set(spans))
    if any(one[1] > other[0] for one, other in itertools.pairwise(ordered)):
        raise BadData("ranges must not overlap")
    openings = tuple(Opening(start, end, Shape.LINE) for start, end in ordered)
    title = "Fill the hole" if len(openings) == 1 else f"Fill {len(openings)} holes"
    return Offer(ActionKind.FILL_ALL, title, openings), [ordered.index(each) for each in spans]

"""A document and its recent edits -> the next ones: proposed, judged, and few of them offered."""

from collections.abc import Sequence

from diffgem_lsp.engine.api import Reviewing
from diffgem_lsp.next_edits import calls, doubts, renames, typos
from diffgem_lsp.next_edits.choosing import ALWAYS, MARGINS, NEVER, Margins, chosen, sound
from diffgem_lsp.next_edits.history import Change
from diffgem_lsp.next_edits.judging import Judged, judge
from diffgem_lsp.next_edits.proposals import Proposal, allowed
from diffgem_lsp.snapshots import Snapshot

MOST_JUDGED = 4  # of one request: each costs the engine a prompt


async def find(engine: Reviewing, snapshot: Snapshot, changes: Sequence[Change]) -> list[Proposal]:
    """Disjoint edits, each of use alone, the nearest to a change first; none that undoes one.

    What is sure needs no model.  Raises what the engine client raises.
    """
    proposed = propose(snapshot, changes)
    found = sure(snapshot, proposed)
    if found:
        return found
    unsure = [each for each in proposed if MARGINS[each.kind] < NEVER][:MOST_JUDGED]
    found = chosen(snapshot, await judge_all(engine, snapshot, unsure), MARGINS)
    if found or MARGINS["doubt"] == NEVER:
        return found
    doubted = await doubts.proposals(engine, snapshot, changes)
    return chosen(snapshot, await judge_all(engine, snapshot, doubted), MARGINS)


def sure(
    snapshot: Snapshot, proposed: Sequence[Proposal], margins: Margins = MARGINS
) -> list[Proposal]:
    """What is offered whatever a model thinks of it."""
    return sound(snapshot, (each for each in proposed if margins[each.kind] == ALWAYS))


def propose(snapshot: Snapshot, changes: Sequence[Change]) -> list[Proposal]:
    """What the tree says that recent edits ask for."""
    if not changes or snapshot.tree is None:
        return []
    found = [
        *renames.proposals(snapshot, changes),
        *calls.proposals(snapshot, changes),
        *typos.proposals(snapshot, changes),
    ]
    return allowed(found, snapshot, changes)


async def judge_all(
    engine: Reviewing, snapshot: Snapshot, proposed: Sequence[Proposal]
) -> list[Judged]:
    """Those that the engine has an opinion of."""
    judged = [await judge(engine, snapshot, each) for each in proposed]
    return [each for each in judged if each is not None]

"""Answers -> what would be offered at given margins.  The product's own choice, asked nothing."""

from collections.abc import Sequence

from diffgem_engine.evaluation.next_edits.asked import Answer
from diffgem_lsp.next_edits.choosing import ALWAYS, NEVER, Margins, chosen
from diffgem_lsp.next_edits.finding import MOST_JUDGED, sure
from diffgem_lsp.next_edits.proposals import KINDS, Proposal

TREE = tuple(kind for kind in KINDS if kind not in ("guess", "doubt"))
# What the tree proposes, whatever the model thinks; what the model proposes, and nothing else.
TREE_ALONE: Margins = {kind: ALWAYS if kind in TREE else NEVER for kind in KINDS}


def model_alone(margins: Margins) -> Margins:
    return {kind: margins[kind] if kind in ("guess", "doubt") else NEVER for kind in KINDS}


def offered(answer: Answer, margins: Margins) -> list[Proposal]:
    """As `finding.find` does it."""
    snapshot = answer.case.snapshot()
    found = sure(snapshot, answer.proposed, margins)
    if found:
        return found
    own = [each for each in answer.judged if each.proposal.kind != "doubt"]
    asked = [each for each in own if margins[each.proposal.kind] < NEVER][:MOST_JUDGED]
    found = chosen(snapshot, asked, margins)
    if found or margins["doubt"] == NEVER:
        return found
    doubted = [each for each in answer.judged if each.proposal.kind == "doubt"]
    return chosen(snapshot, doubted, margins)


def outcome(answer: Answer, found: Sequence[Proposal]) -> str:
    """found: all that is offered should follow; false: something should not; else quiet."""
    if not found:
        return "quiet"
    return "found" if all(answer.is_right(each) for each in found) else "false"

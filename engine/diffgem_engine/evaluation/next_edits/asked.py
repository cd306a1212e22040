"""A case -> what is proposed, what the model says of it, and how long both take."""

import time
from collections import Counter

from attrs import frozen

from diffgem_engine.evaluation.asking import AskedEngine
from diffgem_engine.evaluation.next_edits.cases import Case
from diffgem_lsp.next_edits import doubts, finding
from diffgem_lsp.next_edits.finding import MOST_JUDGED
from diffgem_lsp.next_edits.judging import Judged
from diffgem_lsp.next_edits.proposals import Proposal


@frozen
class Answer:
    """`proposed` by the tree; `judged` are some of those, and what the model proposed itself."""

    case: Case
    proposed: tuple[Proposal, ...]
    judged: tuple[Judged, ...]
    propose_ms: float
    judge_ms: float  # each, of those of the tree
    doubt_ms: float

    def is_right(self, proposal: Proposal) -> bool:
        return self.case.expected.get(proposal.span) == proposal.text


async def answer(engine: AskedEngine, case: Case) -> Answer:
    """Raises what the engine raises."""
    snapshot = case.snapshot()
    began = time.perf_counter()
    proposed = finding.propose(snapshot, case.changes)
    then = time.perf_counter()
    some = _some(proposed)
    judged = await finding.judge_all(engine, snapshot, some)
    after = time.perf_counter()
    doubted = await doubts.proposals(engine, snapshot, case.changes)
    judged += await finding.judge_all(engine, snapshot, doubted)
    end = time.perf_counter()
    each = (after - then) / len(some) if some else 0.0
    return Answer(
        case, tuple(proposed), tuple(judged),
        1000 * (then - began), 1000 * each, 1000 * (end - after),
    )  # fmt: skip


def _some(proposed: list[Proposal]) -> list[Proposal]:
    """The nearest of each kind: those that would be judged are among them."""
    counts: Counter[str] = Counter()
    some = []
    for proposal in proposed:
        counts[proposal.kind] += 1
        if counts[proposal.kind] <= MOST_JUDGED:
            some.append(proposal)
    return some

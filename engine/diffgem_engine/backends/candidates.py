"""Which text comes first: what was filled, or a draft."""

from collections.abc import Sequence

from attrs import evolve

from diffgem_engine.protocol import Candidate
from diffgem_engine.sequence import Score


def compete(
    filled: Candidate, drafts: Sequence[Candidate], scores: Sequence[Score], bonus: float
) -> tuple[Candidate, ...]:
    """The distinct texts, best first by what the encoder says, plus `bonus` for those of drafts.

    `scores` are of `filled` and then of the drafts.  Ids of one text may be several; the likeliest
    count.  A text that was filled as well as drafted stays the filled one's, and has the bonus.
    """
    candidates = [filled, *drafts]
    drafted = {draft.texts for draft in drafts}
    log_probs = {candidate.texts: -float("inf") for candidate in candidates}
    for candidate, score in zip(candidates, scores, strict=True):
        log_probs[candidate.texts] = max(log_probs[candidate.texts], score.log_prob)
    distinct = {candidate.texts: candidate for candidate in reversed(candidates)}
    ranked = sorted(log_probs, key=lambda t: log_probs[t] + bonus * (t in drafted), reverse=True)
    return tuple(evolve(distinct[texts], log_prob=log_probs[texts]) for texts in ranked)

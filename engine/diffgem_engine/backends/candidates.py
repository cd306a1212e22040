"""Which text comes first: what was filled, a draft, or what most seeds came to."""

from collections import Counter
from collections.abc import Sequence

from attrs import evolve

from diffgem_engine.core.sequence import Score
from diffgem_engine.protocol import Candidate


def compete(
    filled: Sequence[Candidate],
    drafts: Sequence[Candidate],
    scores: Sequence[Score],
    bonus: float,
) -> tuple[Candidate, ...]:
    """The distinct texts, best first by what the encoder says, plus `bonus` for those of drafts.

    `scores` are of `filled` and then of the drafts.  Ids of one text may be several; the likeliest
    count.  A text that was filled as well as drafted stays the filled one's, and has the bonus.
    """
    candidates = [*filled, *drafts]
    drafted = {draft.texts for draft in drafts}
    log_probs = {candidate.texts: -float("inf") for candidate in candidates}
    for candidate, score in zip(candidates, scores, strict=True):
        log_probs[candidate.texts] = max(log_probs[candidate.texts], score.log_prob)
    distinct = {candidate.texts: candidate for candidate in reversed(candidates)}
    ranked = sorted(log_probs, key=lambda t: log_probs[t] + bonus * (t in drafted), reverse=True)
    return tuple(evolve(distinct[texts], log_prob=log_probs[texts]) for texts in ranked)


def agreed(filled: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """The distinct texts of several canvases, those of the most first, then the surest; each as the
    surest canvas has it.
    """
    votes = Counter(candidate.texts for candidate in filled)
    surest = sorted(filled, key=lambda candidate: candidate.confidence)
    distinct = {candidate.texts: candidate for candidate in surest}
    ranked = sorted(distinct.values(), key=lambda c: (votes[c.texts], c.confidence), reverse=True)
    return tuple(evolve(each, agreement=votes[each.texts] / len(filled)) for each in ranked)

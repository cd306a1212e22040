"""What the model says of a proposal: by how much it prefers the line with it to the line as it is.

Both lines go to the engine as drafts of the same hole, and no canvas is filled: the encoder reads
each in one pass behind one prompt.
"""

from collections.abc import Sequence

from attrs import evolve, frozen

from diffgem_engine.protocol import Hole, Sampling
from diffgem_lsp.engine.api import Reviewing
from diffgem_lsp.next_edits.proposals import Proposal
from diffgem_lsp.prompt.context import Window, anchor, clean, gather
from diffgem_lsp.snapshots import Snapshot

MOST_TOKENS = 768  # of a prompt: a proposal is judged by what is near it
LONGEST_HEAD, LONGEST_LINE = 120, 300  # characters before a proposal, and of the line in all
LONGEST_EVIDENCE = 200  # characters of the line that asks for it
MOST_SLOTS = 256
ARGUMENT_SLOTS = 12
_COMPARE = Sampling(draft_enough=-1e9, draft_bonus=0.0)  # any draft will do, so none is filled


@frozen
class Judged:
    """`gain` is in nats: the log probability of the line with the proposal, less that without."""

    proposal: Proposal
    gain: float


async def judge(engine: Reviewing, snapshot: Snapshot, proposal: Proposal) -> Judged | None:
    """With the likeliest of its texts, or what the model fills its hole with.

    None where the engine does not say.  Raises what the engine client raises.
    """
    texts = proposal.texts or await _filled(engine, snapshot, proposal)
    if not texts:
        return None
    gains = await _gains(engine, snapshot, proposal, texts)
    best = max(gains, key=lambda text: gains[text], default=None)
    return None if best is None else Judged(evolve(proposal, text=best), gains[best])


async def _gains(
    engine: Reviewing, snapshot: Snapshot, proposal: Proposal, texts: Sequence[str]
) -> dict[str, float]:
    """Of each text that the engine has an opinion of."""
    first, last = _span(snapshot, proposal)
    head, tail = snapshot.text[first : proposal.start], snapshot.text[proposal.end : last]
    now = clean(snapshot.text[first:last])
    then = {text: clean(head + text + tail) for text in texts}
    prefix, suffix = await _around(engine, snapshot, first, last, proposal.because)
    drafts = (now, *then.values())
    hole = Hole(min(MOST_SLOTS, 8 + max(map(len, drafts))))
    result = await engine.infill(prefix, suffix, (hole,), sampling=_COMPARE, drafts=drafts)
    said = {"".join(each.texts): each.log_prob for each in result.candidates}
    before = said.get(now)
    after = {text: said.get(line) for text, line in then.items()}
    return {t: p - before for t, p in after.items() if p is not None and before is not None}


async def _filled(engine: Reviewing, snapshot: Snapshot, proposal: Proposal) -> list[str]:
    """What the model puts into the hole, if that is one line."""
    before, after = proposal.opens or ("", "")
    prefix, suffix = await _around(engine, snapshot, proposal.start, proposal.end, proposal.because)
    result = await engine.infill(prefix + before, after + suffix, (Hole(ARGUMENT_SLOTS),))
    text = "".join(result.candidates[0].texts).strip() if result.candidates else ""
    whole = text and "\n" not in text and not text.endswith(",")
    return [f"{before}{text}{after}"] if whole else []


def _span(snapshot: Snapshot, proposal: Proposal) -> tuple[int, int]:
    """The code of the lines that the proposal is on, or as much of it as is near."""
    lines, text = snapshot.lines, snapshot.text
    start = lines.start(lines.line_of(proposal.start))
    code = start + len(text[start : proposal.start]) - len(text[start : proposal.start].lstrip())
    end = lines.end(lines.line_of(proposal.end))
    first = max(code, proposal.start - LONGEST_HEAD)
    return first, max(proposal.end, min(end, first + LONGEST_LINE))


async def _around(
    engine: Reviewing, snapshot: Snapshot, first: int, last: int, because: int
) -> tuple[str, str]:
    """What stands before and after, and before that the line that asks, if it is out of sight."""
    window = Window.of_tokens(min(MOST_TOKENS, (await engine.ready()).prompt_tokens))
    evidence = _line_at(snapshot, because)
    near = Window(max(0, window.prefix - len(evidence)), window.suffix)
    here = snapshot.at(first)
    start = anchor(here, near.prefix)
    prefix = gather(here, near, start).prefix
    suffix = gather(snapshot.at(last), near).suffix
    if start <= because <= last + len(suffix):
        return prefix, suffix
    return evidence + prefix, suffix


def _line_at(snapshot: Snapshot, offset: int) -> str:
    line = snapshot.lines.line_text(snapshot.lines.line_of(offset)).strip()
    return clean(line)[:LONGEST_EVIDENCE] + "\n"

"""Candidates -> what may be shown, best first: filtered, validated, sure enough."""

from collections.abc import Iterable, Iterator, Sequence

from attrs import frozen

from diffgem_engine.protocol import Candidate
from diffgem_lsp import filters
from diffgem_lsp.inline.echo import ECHO
from diffgem_lsp.inline.gate import Doorkeeper

NOTHING = Candidate(("",), 0.0)


@frozen
class Choice:
    """A text with the document's line ends, and where it came from."""

    text: str
    confidence: float
    origin: str = ""  # of the candidate: denoised, draft, autoregressive; empty where reused
    log_prob: float | None = None  # the encoder's, in nats
    agreement: float | None = None


@frozen
class Chosen:
    """`reason` says of the best candidate why there is no choice; `confidence` is its own."""

    choices: tuple[Choice, ...]
    reason: str = ""
    confidence: float = 0.0


def distinct(choices: Iterable[Choice]) -> tuple[Choice, ...]:
    """Of each text the first."""
    texts: dict[str, Choice] = {}
    for choice in choices:
        texts.setdefault(choice.text, choice)
    return tuple(texts.values())


def choose(
    candidates: Sequence[Candidate], site: filters.Site, door: Doorkeeper, most: int
) -> Chosen:
    """At most `most` different texts, likely ones first; those behind them are not looked at."""
    ranked, line_end = door.ranked(candidates) or [NOTHING], site.snapshot.line_end
    found: dict[str, Choice] = {}
    reasons: list[str] = []
    for candidate, kept in _judged(ranked, site, door):
        text = kept.text.replace("\n", line_end)
        if text:
            choice = _choice(text, candidate, door)
            found.setdefault(text, choice)
        reasons.append(kept.reason)
        if len(found) == most:
            break
    if found:
        return Chosen(tuple(found.values()))
    return Chosen((), reasons[0], door.confidence(ranked[0]))


def _choice(text: str, candidate: Candidate, door: Doorkeeper) -> Choice:
    return Choice(
        text, door.confidence(candidate), candidate.origin, candidate.log_prob, candidate.agreement
    )


def _judged(
    candidates: Iterable[Candidate], site: filters.Site, door: Doorkeeper
) -> Iterator[tuple[Candidate, filters.Filtered]]:
    for candidate in candidates:
        kept = filters.apply("".join(candidate.texts), site)
        refusal = _refusal(kept.text, candidate, site, door) if kept.text else ""
        yield candidate, filters.Filtered("", refusal) if refusal else kept


def _refusal(text: str, candidate: Candidate, site: filters.Site, door: Doorkeeper) -> str:
    return door.refusal(candidate) or (ECHO if door.drops_echo(text, site.snapshot) else "")

"""Accepted texts, followed through the edits: how much is there after a while."""

from collections.abc import Callable
from functools import partial

from attrs import evolve, frozen

from diffgem_lsp.acceptance.similarity import similarity
from diffgem_lsp.acceptance.spans import Span, least, moved
from diffgem_lsp.documents import Edit

AFTER_S = (30, 300)
AT_ONCE_S = 30.0  # what is gone sooner was reverted
MOST = 64  # texts that are followed at once


@frozen
class Accepted:
    """`text` was accepted at `since` for `old`, and stands in `span`, or what became of it."""

    id: str
    uri: str
    text: str
    span: Span
    since: float
    old: str = ""
    reverted: bool = False


def followed(accepted: Accepted, edit: Edit, now: float) -> Accepted:
    """After the edit."""
    edit = least(edit)
    span = moved(accepted.span, edit)
    if len(span) or not len(accepted.span):
        return evolve(accepted, span=span)
    found = _elsewhere(accepted, edit)
    if found is not None:
        return evolve(accepted, span=found)
    at_once = edit.inserted in ("", accepted.old) and now - accepted.since <= AT_ONCE_S
    return evolve(accepted, span=span, reverted=at_once)


def _elsewhere(accepted: Accepted, edit: Edit) -> Span | None:
    """In what an editor puts in the place of more than the text: the nearest, if it is there."""
    expected = accepted.span.start - edit.start
    text = accepted.text
    places = (
        edit.inserted.find(text, expected),
        edit.inserted.rfind(text, 0, expected + len(text)),
    )
    known = [place for place in places if place >= 0]
    if not known:
        return None
    start = edit.start + min(known, key=lambda place: abs(place - expected))
    return Span(start, start + len(text))


class Retention:
    """`later(seconds, call)` calls later; `tell(id, seconds, similarity)` hears how much is left,
    and `reverted(id)` of what is gone at once.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        later: Callable[[float, Callable[[], None]], object],
        text_of: Callable[[str], str | None],
        tell: Callable[[str, int, float], None],
        reverted: Callable[[str], None],
    ) -> None:
        self._clock, self._later = clock, later
        self._text_of, self._tell, self._reverted = text_of, tell, reverted
        self._accepted: dict[str, Accepted] = {}

    def __contains__(self, identifier: str) -> bool:
        return identifier in self._accepted

    def __len__(self) -> int:
        return len(self._accepted)

    def add(self, identifier: str, uri: str, text: str, start: int, old: str = "") -> None:
        span = Span(start, start + len(text))
        self._accepted[identifier] = Accepted(identifier, uri, text, span, self._clock(), old)
        while len(self._accepted) > MOST:
            del self._accepted[next(iter(self._accepted))]
        for seconds in AFTER_S:
            self._later(seconds, partial(self._look, identifier, seconds))

    def edited(self, uri: str, edit: Edit) -> None:
        for each in tuple(self._accepted.values()):
            if each.uri == uri:
                after = followed(each, edit, self._clock())
                self._accepted[each.id] = after
                if after.reverted and not each.reverted:
                    self._reverted(each.id)

    def forget(self, uri: str) -> None:
        """What becomes of a closed document nobody knows."""
        self._accepted = {name: each for name, each in self._accepted.items() if each.uri != uri}

    def _look(self, identifier: str, after: int) -> None:
        accepted = self._accepted.get(identifier)
        text = self._text_of(accepted.uri) if accepted is not None else None
        if accepted is None or text is None:
            return
        there = text[accepted.span.start : accepted.span.end]
        self._tell(identifier, after, similarity(accepted.text, there))
        if after == AFTER_S[-1]:
            del self._accepted[identifier]

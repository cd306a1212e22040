"""Typed-through reuse: while the user types what was shown, the rest is the answer.

Keyed on the file and on the whole text before and after the cursor: if anything but the typing
changed, and the closer that an editor puts in with an opener, nothing is reused.
"""

from collections import deque

from attrs import field, frozen

from diffgem_lsp.inline.choices import Choice
from diffgem_lsp.snapshots import Snapshot
from diffgem_lsp.text.brackets import PAIRS, QUOTES, end_of_string, unmatched_closer

ENTRIES = 16
LARGEST = 1_000_000  # code points of a document worth remembering
MOST = 4_000_000  # of all that is remembered


@frozen
class Shown:
    """What was shown, best first, and the document that it was for; lines and tree are not kept."""

    uri: str
    document: str = field(repr=False)
    offset: int
    choices: tuple[Choice, ...] = field(repr=False)


class TypedThrough:
    """The latest completions, newest first."""

    def __init__(self) -> None:
        self._shown: deque[Shown] = deque(maxlen=ENTRIES)

    def put(self, snapshot: Snapshot, choices: tuple[Choice, ...]) -> None:
        if len(snapshot.text) > LARGEST:
            return
        self._shown.appendleft(Shown(snapshot.uri, snapshot.text, snapshot.offset, choices))
        while sum(len(each.document) for each in self._shown) > MOST:
            self._shown.pop()

    def forget(self, uri: str) -> None:
        self._shown = deque((each for each in self._shown if each.uri != uri), maxlen=ENTRIES)

    def clear(self) -> None:
        self._shown.clear()

    def get(self, snapshot: Snapshot) -> tuple[Choice, ...]:
        """What is left of a completion that the user has typed into; empty if nothing is."""
        rests = (_rests(shown, snapshot) for shown in self._shown)
        return next((choices for choices in rests if choices), ())


def _rests(then: Shown, now: Snapshot) -> tuple[Choice, ...]:
    """The lengths are compared first: they tell most documents apart, and cost nothing."""
    added = now.offset - then.offset
    closer = len(now.text) - len(then.document) - added
    if then.uri != now.uri or added < 0 or closer not in (0, 1):
        return ()
    typed = now.text[then.offset : now.offset]
    fitting = [choice for choice in then.choices if choice.text.startswith(typed)]
    if not fitting or not _is_same_around(then, now, closer):
        return ()
    until = now.text[now.offset : now.offset + closer]
    rests = (Choice(_rest(choice.text, typed, until), choice.confidence) for choice in fitting)
    return tuple(rest for rest in rests if rest.text)


def _rest(text: str, typed: str, closer: str) -> str:
    """What is left of `text`; up to the closer that an editor has put in with the last key.

    Empty where that closer is not the text's end: what follows would be torn off.
    """
    rest = text[len(typed) :]
    if not closer:
        return rest
    paired = PAIRS.get(closer, closer if closer in QUOTES else "")
    at = end_of_string(rest, closer) if closer in QUOTES else unmatched_closer(rest)
    is_end = at is not None and rest[at:] == closer
    return rest[:at] if paired and typed.endswith(paired) and is_end else ""


def _is_same_around(then: Shown, now: Snapshot, closer: int) -> bool:
    after = now.offset + closer
    return (
        now.text.startswith(then.document[: then.offset])
        and len(now.text) - after == len(then.document) - then.offset
        and now.text.endswith(then.document[then.offset :])
    )

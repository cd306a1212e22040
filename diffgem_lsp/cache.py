"""Typed-through reuse: while the user types what was shown, the rest is the answer.

Keyed on the file and on the whole text before and after the cursor: if anything but the typing
changed, nothing is reused.
"""

from collections import deque

from attrs import field, frozen

from diffgem_lsp.snapshots import Snapshot

ENTRIES = 16
LARGEST = 1_000_000  # code points of a document worth remembering
MOST = 4_000_000  # of all that is remembered


@frozen
class Shown:
    """A completion, and the document that it was for; lines and tree are not kept."""

    uri: str
    document: str = field(repr=False)
    offset: int
    text: str = field(repr=False)
    confidence: float


class TypedThrough:
    """The latest completions, newest first."""

    def __init__(self) -> None:
        self._shown: deque[Shown] = deque(maxlen=ENTRIES)

    def put(self, snapshot: Snapshot, text: str, confidence: float) -> None:
        if len(snapshot.text) > LARGEST:
            return
        shown = Shown(snapshot.uri, snapshot.text, snapshot.offset, text, confidence)
        self._shown.appendleft(shown)
        while sum(len(each.document) for each in self._shown) > MOST:
            self._shown.pop()

    def forget(self, uri: str) -> None:
        self._shown = deque((each for each in self._shown if each.uri != uri), maxlen=ENTRIES)

    def get(self, snapshot: Snapshot) -> Shown | None:
        """What is left of a completion that the user has typed into, if anything is."""
        for shown in self._shown:
            rest = _rest(shown, snapshot)
            if rest:
                return Shown(snapshot.uri, snapshot.text, snapshot.offset, rest, shown.confidence)
        return None


def _rest(then: Shown, now: Snapshot) -> str:
    """The lengths are compared first: they tell most documents apart, and cost nothing."""
    added = now.offset - then.offset
    if then.uri != now.uri or added != len(now.text) - len(then.document):
        return ""
    if not 0 <= added < len(then.text) or not now.text.startswith(then.text[:added], then.offset):
        return ""
    same = now.text.startswith(then.document[: then.offset]) and now.text.endswith(
        then.document[then.offset :]
    )
    return then.text[added:] if same else ""

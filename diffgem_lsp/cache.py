"""Typed-through reuse: while the user types what was shown, the rest is the answer.

Keyed on the file and on the whole text before and after the cursor: if anything but the typing
changed, nothing is reused.
"""

from collections import deque

from attrs import field, frozen

from diffgem_lsp.snapshots import Snapshot

ENTRIES = 16
LARGEST = 1_000_000  # code points of a document worth remembering


@frozen
class Shown:
    """A completion and the document that it was for."""

    snapshot: Snapshot = field(repr=False)
    text: str
    confidence: float


class TypedThrough:
    """The latest completions, newest first."""

    def __init__(self) -> None:
        self._shown: deque[Shown] = deque(maxlen=ENTRIES)

    def put(self, snapshot: Snapshot, text: str, confidence: float) -> None:
        if len(snapshot.text) <= LARGEST:
            self._shown.appendleft(Shown(snapshot, text, confidence))

    def get(self, snapshot: Snapshot) -> Shown | None:
        """What is left of a completion that the user has typed into, if anything is."""
        for shown in self._shown:
            rest = _rest(shown, snapshot)
            if rest:
                return Shown(snapshot, rest, shown.confidence)
        return None


def _rest(shown: Shown, now: Snapshot) -> str:
    then = shown.snapshot
    typed = now.text[then.offset : now.offset]
    same = (
        then.uri == now.uri
        and now.offset >= then.offset
        and shown.text.startswith(typed)
        and now.text.startswith(then.prefix)
        and now.suffix == then.suffix
    )
    return shown.text[len(typed) :] if same else ""

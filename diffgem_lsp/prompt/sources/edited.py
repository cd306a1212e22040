"""What was changed lately, in any open document: its lines before and after."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence

from attrs import evolve, frozen

from diffgem_lsp.documents import Edit
from diffgem_lsp.privacy.redaction import AROUND, redact_window
from diffgem_lsp.prompt.snippets import EDITS, Snippet
from diffgem_lsp.snapshots import Snapshot

MOST = 12  # bursts that are remembered
MOST_LINES = 6  # of each side
LONGEST = 1_000  # characters of each side
SCORE, OF_THIS_FILE = 0.5, 0.8

Current = Callable[[str], Snapshot | None]
Name = Callable[[str], str]


@frozen
class Burst:
    """`start..end` of the document as it is now stands where `before` stood."""

    uri: str
    start: int
    end: int
    before: str

    def with_edit(self, edit: Edit) -> "Burst | None":
        """The burst grown by an edit that touches it; None where none does."""
        last = edit.start + len(edit.removed)
        if edit.start > self.end or last < self.start:
            return None
        longer = len(edit.inserted) - len(edit.removed)
        left = edit.removed[: max(0, self.start - edit.start)]
        right = edit.removed[len(edit.removed) - max(0, last - self.end) :]
        start = min(self.start, edit.start)
        return Burst(self.uri, start, max(self.end, last) + longer, left + self.before + right)

    def moved(self, edit: Edit) -> "Burst":
        """After an edit that does not touch it."""
        shift = len(edit.inserted) - len(edit.removed) if edit.start < self.start else 0
        return evolve(self, start=self.start + shift, end=self.end + shift)


class RecentEdits:
    """Of all open documents, newest first."""

    def __init__(self) -> None:
        self._bursts: deque[Burst] = deque(maxlen=MOST)

    def note(self, now: Snapshot, edits: Sequence[Edit]) -> None:
        for edit in edits:
            self._note(now.uri, edit)

    def forget(self, uri: str) -> None:
        kept = (burst for burst in self._bursts if burst.uri != uri)
        self._bursts = deque(kept, maxlen=MOST)

    def bursts(self) -> tuple[Burst, ...]:
        return tuple(self._bursts)

    def _note(self, uri: str, edit: Edit) -> None:
        """The latest burst that the edit touches grows; earlier ones that it touches are gone."""
        joined = Burst(uri, edit.start, edit.start + len(edit.inserted), edit.removed)
        others, grown = [], False
        for burst in self._bursts:
            touched = burst.with_edit(edit) if burst.uri == uri else None
            if touched is not None and not grown:
                joined, grown = touched, True
            elif touched is None:
                others.append(burst.moved(edit) if burst.uri == uri else burst)
        small = max(len(joined.before), joined.end - joined.start) <= LONGEST
        self._bursts = deque([joined, *others] if small else others, maxlen=MOST)


def edited(
    snapshot: Snapshot, edits: RecentEdits, current: Current, name_of: Name
) -> Iterator[Snippet]:
    """Those of the snapshot's language, but for what is being typed."""
    for number, burst in enumerate(edits.bursts()):
        now = current(burst.uri)
        if now is None or now.language_id != snapshot.language_id:
            continue
        here = now.uri == snapshot.uri
        if here and burst.start <= snapshot.offset <= burst.end:
            continue
        text = _text(burst, now)
        if text:
            score = SCORE * (OF_THIS_FILE if here else 1.0) / (1.0 + number / 4)
            reason = "the latest edit" if number == 0 else f"{number} edits ago"
            yield Snippet(EDITS, name_of(now.uri), text, score, reason, prose=True)


def _text(burst: Burst, now: Snapshot) -> str:
    """Empty where nothing is left of the edit, or too much of it."""
    lines, text = now.lines, now.text
    if burst.end > len(text) or text[burst.start : burst.end] == burst.before:
        return ""
    first = lines.start(lines.line_of(burst.start))
    last = lines.end(lines.line_of(burst.end))
    before = _marked("-", _as_it_was(burst, text, first, last))
    after = _marked("+", redact_window(text, first, first, last)[1])
    fits = max(len(before), len(after)) <= MOST_LINES
    return "\n".join(["changed:", *before, *after]) if fits else ""


def _as_it_was(burst: Burst, text: str, first: int, last: int) -> str:
    """The lines from `first` to `last`, without secrets, by what stood around them then."""
    head, tail = text[max(0, first - AROUND) : first], text[last : last + AROUND]
    lines = text[first : burst.start] + burst.before + text[burst.end : last]
    start = len(head)
    return redact_window(head + lines + tail, start, start, start + len(lines))[1]


def _marked(mark: str, text: str) -> list[str]:
    return [f"{mark} {line.rstrip()}" for line in text.splitlines() if line.strip()]

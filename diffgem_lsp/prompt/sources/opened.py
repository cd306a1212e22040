"""Other open files of the language: the place in each that is most like the cursor's."""

from collections.abc import Callable, Iterator, Sequence

from attrs import field, frozen

from diffgem_lsp.documents import Edit
from diffgem_lsp.privacy.redaction import redact_window
from diffgem_lsp.prompt.snippets import OPEN_FILES, Snippet
from diffgem_lsp.prompt.used import IDENTIFIER
from diffgem_lsp.snapshots import Snapshot

MOST_FILES = 8  # those that were typed in, or asked about, latest
CHUNK_LINES = 20
CHUNKS = 6  # of a file: around its last place
LONGEST_CHUNK = 2_000  # characters
LEAST_ALIKE = 0.1
WEIGHT = 2.0

Current = Callable[[str], Snapshot | None]
Uris = Callable[[], Sequence[str]]
Name = Callable[[str], str]


@frozen
class Chunk:
    line: int
    start: int
    end: int
    words: frozenset[str]

    def text(self, of: Snapshot) -> str:
        """Without secrets, which may begin above the chunk."""
        return redact_window(of.text, self.start, self.start, self.end)[1].strip("\r\n")


@frozen
class _Place:
    """Where something last happened in a document; and what it holds there, once asked for."""

    offset: int
    revision: int = 0
    chunks: tuple[Chunk, ...] = field(default=(), repr=False)


class OpenFiles:
    """Those that something happened in latest, and then those that were opened latest."""

    def __init__(self, current: Current, uris: Uris) -> None:
        self._current = current
        self._uris = uris
        self._places: dict[str, _Place] = {}

    def note(self, now: Snapshot, edits: Sequence[Edit]) -> None:
        if edits:
            self._places.pop(now.uri, None)
            self._places[now.uri] = _Place(edits[-1].start)

    def forget(self, uri: str) -> None:
        self._places.pop(uri, None)

    def chunks(self, snapshot: Snapshot) -> Iterator[tuple[Snapshot, Sequence[Chunk]]]:
        """Of the others of the snapshot's language, the latest first."""
        count = 0
        for uri in dict.fromkeys((*reversed(self._places), *reversed(self._uris()))):
            other = self._current(uri) if uri != snapshot.uri else None
            if other is not None and other.language_id == snapshot.language_id:
                yield other, self._chunks_of(other)
                count += 1
            if count == MOST_FILES:
                return

    def _chunks_of(self, other: Snapshot) -> Sequence[Chunk]:
        known = self._places.setdefault(other.uri, _Place(0))
        if known.revision != other.revision:
            found = tuple(_chunks(other, known.offset))
            known = self._places[other.uri] = _Place(known.offset, other.revision, found)
        return known.chunks


def opened(snapshot: Snapshot, files: OpenFiles, name_of: Name) -> Iterator[Snippet]:
    """Of each file the chunk with the most words in common, if it has any number of them."""
    words = _words(_around_cursor(snapshot))
    for other, chunks in files.chunks(snapshot):
        best = max(chunks, key=lambda each: alike(words, each.words), default=None)
        likeness = alike(words, best.words) if best is not None else 0.0
        if best is not None and likeness >= LEAST_ALIKE:
            reason = f"from line {best.line + 1} on {likeness:.0%} of the words are the same"
            score = WEIGHT * likeness
            text = best.text(other)
            yield Snippet(OPEN_FILES, name_of(other.uri), text, score, reason)


def alike(one: frozenset[str], other: frozenset[str]) -> float:
    """Jaccard's: what they have in common of all that they have, 0..1."""
    return len(one & other) / len(one | other) if one or other else 0.0


def _chunks(snapshot: Snapshot, offset: int) -> Iterator[Chunk]:
    lines = snapshot.lines
    place = lines.line_of(min(offset, len(lines.text))) // CHUNK_LINES
    first = max(0, place - CHUNKS // 2) * CHUNK_LINES
    for line in range(first, min(lines.count, first + CHUNKS * CHUNK_LINES), CHUNK_LINES):
        end = lines.end(min(line + CHUNK_LINES, lines.count) - 1)
        start = lines.start(line)
        if end - start <= LONGEST_CHUNK and (words := _words(lines.text[start:end])):
            yield Chunk(line, start, end, words)


def _around_cursor(snapshot: Snapshot) -> str:
    lines = snapshot.lines
    line = lines.line_of(snapshot.offset)
    last = min(lines.count - 1, line + CHUNK_LINES // 2)
    start = max(lines.start(max(0, line - CHUNK_LINES)), snapshot.offset - LONGEST_CHUNK)
    return snapshot.text[start : min(lines.end(last), snapshot.offset + LONGEST_CHUNK)]


def _words(text: str) -> frozenset[str]:
    return frozenset(IDENTIFIER.findall(text))

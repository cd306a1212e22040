"""Documents -> training batches: one encoder row carries several canvases.

The encoder reads `[suffix][prefix][middle][eom]` once.  Canvases stand not only at the end of the
prefix but at many places inside it: each sees the encoder's positions up to its own hole and no
further, so it never sees its middle.  Inside the prefix the suffix that follows a hole is known
from the pinned head alone; at its end the encoder has read it too.

Canvases have the slots that the language server asks for, by kind of hole: how much of them a
middle fills is learnt as well, and a model taught on tight canvases fills every slot it is given.
Only middles teach the rest, so canvases stand as close as they fit, and most heads are short.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from attrs import define, field, frozen

from diffgem_engine.canvas import InfillFormat
from diffgem_engine.tokenizer import CodeTokenizer
from diffgem_engine.training.spans import Span, draw_span

NO_SUFFIX = 0.25  # share of rows whose encoder reads no suffix
CANVAS_SLOTS = 512  # of a row, shared out among its canvases: they are cheap beside their prompt
SPANS = 28  # holes tried in a prefix
OPEN_SLOTS = {"rest": 22, "line": 22, "lines": 54, "run": 14}  # as the server asks, by kind
FULL_HEAD = 0.4  # share of heads as long as the format allows, as nearly all are in use
SHORT_HEAD = 5  # tokens, of the others


@frozen
class HoleExample:
    """A hole of a row: the encoder's positions that it may see, and its clean canvas."""

    visible: int
    middle: list[int]  # without <eom>
    spare: int  # padding between <eom> and the head
    head: list[int]

    @property
    def slots(self) -> int:
        return len(self.middle) + 1 + self.spare + len(self.head)


@define
class Row:
    """One encoder sequence and its holes."""

    ids: list[int] = field(factory=list)
    holes: list[HoleExample] = field(factory=list)


@frozen
class Batch:
    """`targets` are clean ids; `weights` their share of the loss; noise is drawn later.

    ids [rows, length]; canvas arrays [rows, CANVAS_SLOTS]; `visible` and `group` give every slot
    the encoder positions that it sees and the number of its canvas within the row; slots left
    over are one more canvas, pinned.
    """

    ids: np.ndarray
    targets: np.ndarray
    weights: np.ndarray
    pinned: np.ndarray
    visible: np.ndarray
    positions: np.ndarray
    group: np.ndarray


def _inner_spans(
    text: str, start: int, end: int, count: int, rng: np.random.Generator
) -> list[Span]:
    """Up to `count` spans of `text[start:end]` with distinct starts, in order."""
    places = rng.integers(start, max(start + 1, end), size=count)
    spans = {
        span.start: span for at in places if (span := draw_span(text, int(at), rng)).end <= end
    }
    return [spans[key] for key in sorted(spans) if start < key]


class RowBuilder:
    """Cuts rows of `length` ids and their holes out of documents."""

    def __init__(self, tokenizer: CodeTokenizer, form: InfillFormat, length: int) -> None:
        self._encode = tokenizer.encode
        self._form = form
        self._length = length

    def build(self, text: str, rng: np.random.Generator) -> Row:
        """A row with as many holes as its canvas slots have room for; the last always first."""
        last = draw_span(text, int(rng.integers(0, len(text))), rng)
        start = self._prefix_start(text, last.start)
        begin = self._begin(text, last, rng)
        middle = [*self._encode(text[last.start : last.end]), self._form.ids.eom]
        spans = [*_inner_spans(text, start, last.start, SPANS, rng), last]
        pieces = self._pieces(text, start, spans)
        room = max(0, self._length - len(begin) - len(middle))
        dropped = max(0, sum(map(len, pieces)) - room)
        prefix = [i for piece in pieces for i in piece][dropped:]
        ends = np.cumsum([len(piece) for piece in pieces]) - dropped + len(begin)
        usable = [
            self._hole(text, span, int(end), rng)
            for span, end in zip(spans, ends, strict=True)
            if len(begin) < end <= self._length
        ]
        return Row([*begin, *prefix, *middle][: self._length], _packed(usable, rng))

    def _begin(self, text: str, last: Span, rng: np.random.Generator) -> list[int]:
        """The prompt up to its prefix."""
        special, suffix = self._form.ids, self._suffix(text, last.end, rng)
        if not suffix:
            return [special.bos, special.prefix]
        return [special.bos, special.suffix, *suffix, special.prefix]

    def _pieces(self, text: str, start: int, spans: Sequence[Span]) -> list[list[int]]:
        """The prefix, cut at every hole's start before it is tokenized."""
        cuts = [start, *(span.start for span in spans)]
        return [self._encode(text[a:b]) for a, b in pairwise(cuts)]

    def _prefix_start(self, text: str, cursor: int) -> int:
        """The start of a line, about as many characters back as the row has room for."""
        at = cursor - 4 * self._length
        return 0 if at <= 0 else text.find("\n", at, cursor) + 1 or at

    def _suffix(self, text: str, end: int, rng: np.random.Generator) -> list[int]:
        most = self._form.suffix_tokens
        draw = rng.random()
        if draw < NO_SUFFIX:
            return []
        size = most if draw > 0.6 else int(rng.integers(16, most))
        line_end = text.find("\n", end)
        return [] if line_end < 0 else self._encode(text[line_end : line_end + 6 * size])[:size]

    def _hole(
        self, text: str, span: Span, visible: int, rng: np.random.Generator
    ) -> HoleExample | None:
        """None for a middle that is too long for its kind's canvas."""
        middle = self._encode(text[span.start : span.end])
        spare = OPEN_SLOTS[span.kind] - len(middle) - 1
        if spare < 0:
            return None
        full = rng.random() < FULL_HEAD
        size = self._form.head_tokens if full else int(rng.integers(0, SHORT_HEAD + 1))
        head = self._encode(text[span.end : span.end + 12 * size])[:size]
        return HoleExample(visible, middle, spare, head)


def _packed(holes: Sequence[HoleExample | None], rng: np.random.Generator) -> list[HoleExample]:
    """Holes that fit `CANVAS_SLOTS` together: the last one, then others at random."""
    order = [len(holes) - 1, *rng.permutation(len(holes) - 1)] if holes else []
    kept: list[HoleExample] = []
    for index in order:
        hole = holes[int(index)]
        if hole is not None and sum(h.slots for h in kept) + hole.slots <= CANVAS_SLOTS:
            kept.append(hole)
    return kept


def collate(rows: Sequence[Row], form: InfillFormat, length: int) -> Batch:
    """Stack rows; what a row lacks is padding without loss."""
    shape = (len(rows), CANVAS_SLOTS)
    batch = Batch(
        ids=np.full((len(rows), length), form.ids.pad, dtype=np.int64),
        targets=np.full(shape, form.ids.pad, dtype=np.int64),
        weights=np.zeros(shape, dtype=np.float32),
        pinned=np.ones(shape, dtype=bool),
        visible=np.ones(shape, dtype=np.int64),
        positions=np.ones(shape, dtype=np.int64),
        group=np.zeros(shape, dtype=np.int64),
    )
    for r, row in enumerate(rows):
        batch.ids[r, : len(row.ids)] = row.ids
        first = 0
        for number, hole in enumerate(row.holes):
            _lay_out(batch, r, first, hole, form)
            batch.group[r, first:] = number
            first += hole.slots
        batch.group[r, first:] = len(row.holes)
    return batch


def _lay_out(batch: Batch, row: int, first: int, hole: HoleExample, form: InfillFormat) -> None:
    """One canvas, from slot `first` of its row on."""
    at = slice(first, first + hole.slots)
    spare, head = hole.spare, len(hole.head)
    batch.targets[row, at] = [*hole.middle, form.ids.eom, *[form.ids.pad] * spare, *hole.head]
    # All of the padding together weighs as one token, or it drowns the rest.
    padding = [1.0 / max(spare, 1)] * spare
    batch.weights[row, at] = [*[1.0] * (len(hole.middle) + 1), *padding, *[0.0] * head]
    batch.pinned[row, at] = [False] * (hole.slots - head) + [True] * head
    batch.visible[row, at] = hole.visible
    batch.positions[row, at] = hole.visible + np.arange(hole.slots)

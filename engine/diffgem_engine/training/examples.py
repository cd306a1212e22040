"""Documents -> training batches: one encoder row carries several canvases.

The encoder reads `[suffix][prefix][middle][eom]` once.  Canvases stand not only at the end of the
prefix but at several places inside it: each sees the encoder's positions up to its own hole and no
further, so it never sees its middle.  Inside the prefix the suffix that follows a hole is known
from the pinned head alone; at its end the encoder has read it too.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from attrs import define, field, frozen

from diffgem_engine.canvas import LONGEST_CANVAS, InfillFormat
from diffgem_engine.tokenizer import CodeTokenizer
from diffgem_engine.training.spans import Span, draw_span

IGNORED = -100  # target of a slot or position that has no loss
NO_SUFFIX = 0.25  # share of rows whose encoder reads no suffix
CANVASES = ((24, 16), (21, 24), (16, 32), (10, 48), (8, 64))  # (canvases a row, slots a canvas)
CANVAS_WEIGHTS = (0.10, 0.25, 0.35, 0.15, 0.15)
CANVAS_SLOTS = 512  # of a row, in every variant: canvases are cheap beside their prompt


@frozen
class HoleExample:
    """A hole of a row: the encoder's positions that it may see, and its clean canvas."""

    visible: int
    middle: list[int]  # without <eom>
    head: list[int]


@define
class Row:
    """One encoder sequence and its holes."""

    ids: list[int] = field(factory=list)
    holes: list[HoleExample] = field(factory=list)


@frozen
class Batch:
    """`targets` are clean ids; `weights` their share of the loss; noise is drawn later.

    ids [rows, length]; canvas arrays [rows, CANVAS_SLOTS]; `visible` and `group` give every slot
    the encoder positions that it sees and the number of its canvas within the row.
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
    """Cuts rows of `length` ids with holes for canvases of `slots` slots out of documents."""

    def __init__(self, tokenizer: CodeTokenizer, form: InfillFormat, length: int) -> None:
        self._encode = tokenizer.encode
        self._form = form
        self._length = length

    def build(self, text: str, count: int, slots: int, rng: np.random.Generator) -> Row:
        """A row with at most `count` holes that fit a canvas of `slots`."""
        last = draw_span(text, int(rng.integers(0, len(text))), rng)
        ids, special = Row(), self._form.ids
        start = self._prefix_start(text, last.start)
        suffix = self._suffix(text, last.end, rng)
        begin = (
            [special.bos, special.suffix, *suffix, special.prefix]
            if suffix
            else [special.bos, special.prefix]
        )
        middle = [*self._encode(text[last.start : last.end]), special.eom]
        spans = [*_inner_spans(text, start, last.start, 2 * count, rng), last]
        pieces = self._pieces(text, start, spans)
        room = max(0, self._length - len(begin) - len(middle))
        dropped = max(0, sum(map(len, pieces)) - room)
        prefix = [i for piece in pieces for i in piece][dropped:]
        ids.ids = [*begin, *prefix, *middle][: self._length]
        ends = np.cumsum([len(piece) for piece in pieces]) - dropped + len(begin)
        usable = [
            (span, int(end))
            for span, end in zip(spans, ends, strict=True)
            if len(begin) < end <= self._length
        ]
        for span, end in self._choose(usable, count, rng):
            hole = self._hole(text, span, end, slots, rng)
            if hole is not None:
                ids.holes.append(hole)
        return ids

    def _pieces(self, text: str, start: int, spans: Sequence[Span]) -> list[list[int]]:
        """The prefix, cut at every hole's start before it is tokenized."""
        cuts = [start, *(span.start for span in spans)]
        return [self._encode(text[a:b]) for a, b in pairwise(cuts)]

    @staticmethod
    def _choose(
        usable: list[tuple[Span, int]], count: int, rng: np.random.Generator
    ) -> list[tuple[Span, int]]:
        """The last hole always, others at random."""
        if len(usable) <= count:
            return usable
        kept = rng.choice(len(usable) - 1, size=count - 1, replace=False)
        return [*(usable[int(i)] for i in kept), usable[-1]]

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
        self, text: str, span: Span, visible: int, slots: int, rng: np.random.Generator
    ) -> HoleExample | None:
        head_size = (
            self._form.head_tokens
            if rng.random() < 0.7
            else int(rng.integers(0, self._form.head_tokens + 1))
        )
        head = self._encode(text[span.end : span.end + 12 * head_size])[:head_size]
        middle = self._encode(text[span.start : span.end])
        if len(middle) + 1 + len(head) > slots:
            return None
        return HoleExample(visible, middle, head)


def draw_shape(rng: np.random.Generator) -> tuple[int, int]:
    """Canvases a row and slots a canvas, for one batch."""
    return CANVASES[int(rng.choice(len(CANVASES), p=CANVAS_WEIGHTS))]


def collate(rows: Sequence[Row], form: InfillFormat, length: int, slots: int) -> Batch:
    """Stack rows; what a row lacks is padding without loss."""
    shape = (len(rows), CANVAS_SLOTS)
    ids = np.full((len(rows), length), form.ids.pad, dtype=np.int64)
    targets = np.full(shape, form.ids.pad, dtype=np.int64)
    weights = np.zeros(shape, dtype=np.float32)
    pinned = np.ones(shape, dtype=bool)
    visible = np.ones(shape, dtype=np.int64)
    group = np.broadcast_to(np.arange(CANVAS_SLOTS) // slots, shape)
    for r, row in enumerate(rows):
        ids[r, : len(row.ids)] = row.ids
        for g, hole in enumerate(row.holes):
            at = slice(g * slots, (g + 1) * slots)
            pads = slots - len(hole.middle) - 1 - len(hole.head)
            targets[r, at] = [*hole.middle, form.ids.eom, *[form.ids.pad] * pads, *hole.head]
            # <eom> and the padding together weigh about one token, or they drown the rest.
            weights[r, at] = [
                *[1.0] * len(hole.middle),
                0.7,
                *[0.3 / max(pads, 1)] * pads,
                *[0.0] * len(hole.head),
            ]
            pinned[r, at] = [False] * (slots - len(hole.head)) + [True] * len(hole.head)
            visible[r, at] = hole.visible
    positions = np.minimum(visible + np.arange(CANVAS_SLOTS) % slots, length + LONGEST_CANVAS - 1)
    return Batch(ids, targets, weights, pinned, visible, positions, group)

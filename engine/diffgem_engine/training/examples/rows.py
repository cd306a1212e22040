"""Documents -> rows: one encoder sequence carries several canvases.

The encoder reads `[suffix][prefix][middle][eom]` once.  Canvases stand not only at the end of the
prefix but at many places inside it: each sees the encoder's positions up to its own hole and no
further, so it never sees its middle.  Inside the prefix the suffix that follows a hole is known
from the pinned head alone; at its end the encoder has read it too.  Only middles teach the canvas
anything, so canvases stand as close as they fit.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from attrs import define, field

from diffgem_engine.checkpoint.tokenizer import CodeTokenizer
from diffgem_engine.formats.native import InfillFormat
from diffgem_engine.training.examples.canvases import CanvasExample, CanvasMaker
from diffgem_engine.training.examples.spans import Span, draw_span

NO_SUFFIX = 0.25  # share of rows whose encoder reads no suffix
CANVAS_SLOTS = 512  # of a row, shared out among its canvases: they are cheap beside their prompt
SPANS = 28  # holes tried in a prefix


@define
class Row:
    """One encoder sequence and its canvases."""

    ids: list[int] = field(factory=list)
    canvases: list[CanvasExample] = field(factory=list)


class RowBuilder:
    """Cuts rows of `length` ids and their canvases out of documents."""

    def __init__(self, tokenizer: CodeTokenizer, form: InfillFormat, length: int) -> None:
        self._encode = tokenizer.encode
        self._form = form
        self._length = length
        self._maker = CanvasMaker(tokenizer.encode, form)

    def build(self, text: str, rng: np.random.Generator) -> Row:
        """A row with as many canvases as its slots have room for; the last hole's always first."""
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
            self._canvas(text, span, int(end), last, rng)
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
        size = most if draw > 0.6 else int(rng.integers(min(16, most), most))
        line_end = text.find("\n", end)
        return [] if line_end < 0 else self._encode(text[line_end : line_end + 6 * size])[:size]

    def _canvas(
        self, text: str, span: Span, visible: int, last: Span, rng: np.random.Generator
    ) -> CanvasExample | None:
        if span is last:  # what follows it stands in the prompt: it is a single hole
            return self._maker.single(text, span, visible, rng, typed=rng.random() < 0.2)
        return self._maker.draw(text, span, visible, last.start, rng)


def _inner_spans(
    text: str, start: int, end: int, count: int, rng: np.random.Generator
) -> list[Span]:
    """Up to `count` spans of `text[start:end]` with distinct starts, in order."""
    places = rng.integers(start, max(start + 1, end), size=count)
    spans = {
        span.start: span for at in places if (span := draw_span(text, int(at), rng)).end <= end
    }
    return [spans[key] for key in sorted(spans) if start < key]


def _packed(
    canvases: Sequence[CanvasExample | None], rng: np.random.Generator
) -> list[CanvasExample]:
    """Canvases that fit `CANVAS_SLOTS` together: the last one, then others at random."""
    order = [len(canvases) - 1, *rng.permutation(len(canvases) - 1)] if canvases else []
    kept: list[CanvasExample] = []
    for index in order:
        canvas = canvases[int(index)]
        if canvas is not None and sum(map(len, kept)) + len(canvas) <= CANVAS_SLOTS:
            kept.append(canvas)
    return kept

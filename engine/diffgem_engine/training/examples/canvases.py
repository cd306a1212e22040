"""A place in a document -> the clean canvas that stands there.

Canvases have the slots that the language server asks for, by kind of hole: how much of them a
middle fills is learnt as well, and a model taught on tight canvases fills every slot it is given.
Beside plain holes there is what else the engine asks for: text that stands in a hole already, as
when somebody types on; several holes; a middle too long for its canvas, which goes on in the next;
and code that needs no filling but repair.
"""

from collections.abc import Callable, Sequence

import numpy as np
from attrs import field, frozen

from diffgem_engine.formats.native import InfillFormat
from diffgem_engine.training.examples.repair import misspelt
from diffgem_engine.training.examples.spans import Span, span_of

OPEN_SLOTS = {  # as the server asks, by kind
    "rest": 22, "line": 22, "inside": 14, "body": 54, "lines": 54, "run": 14,
}  # fmt: skip
FULL_HEAD = 0.4  # share of heads as long as the format allows, as nearly all are in use
SHORT_HEAD = 5  # tokens, of the others
KINDS = ("plain", "typed", "holes", "repair")
WEIGHTS = (0.68, 0.12, 0.10, 0.10)
MOST_HOLES, BETWEEN = 4, 60  # of a canvas; characters from one to the next, at most
LONGEST = 96  # slots of a canvas of several holes
CLEAN_WEIGHT = 0.3  # of a right token in code to repair: it is copied, mostly

Encode = Callable[[str], list[int]]


@frozen
class CanvasExample:
    """A clean canvas, and how many of the encoder's positions it sees.

    One entry a slot: the right token, whether it is pinned, its weight in the loss, and what
    stands there instead of noise (-1: noise).
    """

    visible: int
    targets: list[int] = field(factory=list)
    pinned: list[bool] = field(factory=list)
    weights: list[float] = field(factory=list)
    seen: list[int] = field(factory=list)

    def __len__(self) -> int:
        return len(self.targets)

    def add(self, ids: Sequence[int], weight: float, *, pinned: bool = False) -> None:
        self.targets.extend(ids)
        self.pinned.extend([pinned] * len(ids))
        self.weights.extend([weight] * len(ids))
        self.seen.extend([-1] * len(ids))

    def end_hole(self, form: InfillFormat, spare: int) -> None:
        """`<eom>`, and padding that weighs as one token together, or it drowns the rest."""
        self.add([form.ids.eom], 1.0)
        self.add([form.ids.pad] * spare, 1.0 / max(spare, 1))


@frozen
class CanvasMaker:
    """Cuts canvases out of documents."""

    encode: Encode
    form: InfillFormat

    def draw(
        self, text: str, span: Span, visible: int, limit: int, rng: np.random.Generator
    ) -> CanvasExample | None:
        """A canvas of any kind at `span`; none for what does not fit.

        What follows `limit` may stand in the prompt already: only a head reaches beyond it.
        """
        kind = str(rng.choice(KINDS, p=WEIGHTS))
        if kind == "holes":
            return self.several(text, span, visible, limit, rng)
        if kind == "repair":
            return self.to_repair(text[:limit], span.start, visible, rng)
        return self.single(text, span, visible, rng, typed=kind == "typed")

    def single(
        self, text: str, span: Span, visible: int, rng: np.random.Generator, *, typed: bool = False
    ) -> CanvasExample | None:
        """One hole with the slots of its kind, and its head."""
        known = int(rng.integers(span.start, span.end + 1)) if typed else span.start
        start = self.encode(text[span.start : known])
        middle = self.encode(text[known : span.end])
        room = OPEN_SLOTS[span.kind] - len(start)
        canvas = CanvasExample(visible)
        canvas.add(start, 0.0, pinned=True)
        if len(middle) >= room:
            return self._unfinished(canvas, span, middle[: max(0, room)])
        canvas.add(middle, 1.0)
        if typed and rng.random() < 0.3:
            _pin_some(canvas, rng)
        canvas.end_hole(self.form, room - len(middle) - 1)
        canvas.add(self._head(text, span.end, rng), 0.0, pinned=True)
        return canvas

    def _unfinished(
        self, canvas: CanvasExample, span: Span, middle: list[int]
    ) -> CanvasExample | None:
        """Without an end and a head: the next canvas goes on."""
        if span.kind not in ("lines", "body") or not middle:
            return None
        canvas.add(middle, 1.0)
        return canvas

    def several(
        self, text: str, span: Span, visible: int, limit: int, rng: np.random.Generator
    ) -> CanvasExample | None:
        """Two to four holes close to one another, and what stands between them."""
        canvas, end = CanvasExample(visible), span.start
        count = 0
        for _ in range(int(rng.integers(2, MOST_HOLES + 1))):
            between = self.encode(text[end : span.start])
            middle = self.encode(text[span.start : span.end])
            spare = int(rng.integers(0, 9))
            full = len(canvas) + len(between) + len(middle) + spare >= LONGEST
            if full or span.end > limit or (count and not between):
                break
            canvas.add(between, 0.0, pinned=True)
            canvas.add(middle, 1.0)
            canvas.end_hole(self.form, spare)
            end, count = span.end, count + 1
            at = end + 1 + int(rng.integers(0, BETWEEN))
            span = _after(text, end, span_of(str(rng.choice(["rest", "run"])), text, at, rng))
        if count < 2:
            return None
        canvas.add(self._head(text, end, rng), 0.0, pinned=True)
        return canvas

    def to_repair(
        self, text: str, start: int, visible: int, rng: np.random.Generator
    ) -> CanvasExample | None:
        """Code with a few wrong tokens in it, or with none; nothing is pinned."""
        size = int(rng.integers(16, 49))
        code = text[start : start + 3 * size]
        ids = self.encode(code)
        if len(ids) < 8:
            return None
        canvas = CanvasExample(visible)
        canvas.add(ids, CLEAN_WEIGHT)
        wrong = misspelt(code, text[max(0, start - 3000) : start], ids, self.encode, rng)
        low, high = 16, self.form.vocab  # the special ids are no mistake that anybody makes
        share = rng.uniform(0.0, 0.12) * (rng.random() < 0.5)
        random = rng.integers(low, high, size=len(ids))
        swapped = rng.random(len(ids)) < share
        for slot, token in enumerate(wrong):
            canvas.seen[slot] = int(random[slot]) if swapped[slot] else token
            if canvas.seen[slot] != ids[slot]:
                canvas.weights[slot] = 1.0
        return canvas

    def _head(self, text: str, end: int, rng: np.random.Generator) -> list[int]:
        full = rng.random() < FULL_HEAD
        size = self.form.head_tokens if full else int(rng.integers(0, SHORT_HEAD + 1))
        return self.encode(text[end : end + 12 * size])[:size]


def _pin_some(canvas: CanvasExample, rng: np.random.Generator) -> None:
    """Anywhere in a hole's middle, as when a draft is revised."""
    chosen = rng.random(len(canvas)) < rng.uniform(0.0, 0.6)
    for slot in np.flatnonzero(chosen):
        canvas.pinned[slot], canvas.weights[slot] = True, 0.0


def _after(text: str, end: int, span: Span) -> Span:
    """`span` without what lies at or before `end`."""
    start = max(span.start, min(end + 1, len(text)))
    return Span(span.kind, start, max(start, span.end))

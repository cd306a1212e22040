"""A request's text as token ids: its prompt, its canvas, its drafts."""

from typing import cast

from attrs import evolve

from diffgem_engine import canvas
from diffgem_engine.backends.base import RequestError
from diffgem_engine.checkpoint import Checkpoint
from diffgem_engine.continuing import LEAST_SHARE, Rest, next_canvas
from diffgem_engine.protocol import Hole, Infill, Pinned, Review, Sampling
from diffgem_engine.sampler import SamplingParams
from diffgem_engine.sequence import InfillIds, Priority
from diffgem_engine.validation import LONGEST_TOKEN

CHARACTERS_A_TOKEN = 12  # more than code has: text beyond that many is not worth tokenizing
MOST_HOLE = 2048  # slots: some minutes' work on a CPU
LEAST_LAST = canvas.LONGEST_CANVAS // LEAST_SHARE  # slots of the last canvas, which nobody reads


class Requests:
    """In the words of one checkpoint.

    Its methods raise RequestError, "bad-request", for a canvas that cannot be laid out.
    """

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._tokenizer, self._form = checkpoint.tokenizer, checkpoint.form
        self._sampling = checkpoint.sampling

    def infill(self, request: Infill) -> InfillIds:
        try:
            read, laid_out, rest = self._lay_out(request)
        except canvas.CanvasError as error:
            raise RequestError("bad-request", str(error)) from error
        return InfillIds(
            prompt=tuple(read),
            canvas=laid_out,
            params=_override(self._sampling, request.sampling),
            seed=request.seed,
            path=cast(canvas.FillPath, request.path),
            drafts=self._drafts(request, len(laid_out.open_slots)),
            rest=rest,
            deadline_ms=request.deadline_ms,
            priority=cast(Priority, request.priority),
        )

    @property
    def hole_slots(self) -> int:
        """Of the longest hole: half of the longest prompt is kept for the text around it."""
        committed = self._form.prompt_tokens // 2
        return min(MOST_HOLE, max(canvas.LONGEST_CANVAS, LEAST_LAST + committed))

    def review(self, request: Review) -> InfillIds:
        try:
            laid_out = canvas.build_review(self._tokenizer.encode(request.code))
        except canvas.CanvasError as error:
            raise RequestError("bad-request", str(error)) from error
        return InfillIds(
            prompt=tuple(self._prompt(request)),
            canvas=laid_out,
            params=self._sampling,
            seed=0,
            path="review",
            priority=cast(Priority, request.priority),
        )

    def _prompt(self, request: Infill | Review, kept_free: int = 0) -> list[int]:
        """With `kept_free` tokens less than the longest one, its suffix in proportion."""
        encode, form = self._tokenizer.encode, self._form
        most = form.prompt_tokens - kept_free
        suffix_tokens = form.suffix_tokens * most // form.prompt_tokens
        form = evolve(form, prompt_tokens=most, suffix_tokens=suffix_tokens)
        line_end = request.suffix.find("\n")
        beyond = "" if line_end < 0 else request.suffix[line_end:]
        prefix = _latest(request.prefix, CHARACTERS_A_TOKEN * form.prompt_tokens)
        suffix = beyond[: CHARACTERS_A_TOKEN * form.suffix_tokens]
        return canvas.build_prompt(form, encode(prefix), encode(suffix))

    def _lay_out(self, request: Infill) -> tuple[list[int], canvas.Canvas, Rest | None]:
        """What the encoder reads, the first canvas, and what it leaves for others."""
        form, parts = self._form, [self._part(segment) for segment in request.canvas]
        if request.path == "autoregressive":
            return *canvas.build_continuation(form, self._prompt(request), parts), None
        head = self._tokenizer.encode(request.suffix[: CHARACTERS_A_TOKEN * form.head_tokens])
        match parts:
            case [canvas.HoleSlots(slots, start)] if slots > canvas.LONGEST_CANVAS:
                # what is committed is read behind the prompt, and both must fit what was taught
                prompt = self._prompt(request, kept_free=slots - LEAST_LAST)
                return prompt, *next_canvas(form, Rest(slots, tuple(head)), start)
        return self._prompt(request), canvas.build_canvas(form, parts, head), None

    def _drafts(self, request: Infill, room: int) -> tuple[tuple[int, ...], ...]:
        """Those that the hole has room for, each once."""
        every = dict.fromkeys(tuple(self._tokenizer.encode(text)) for text in request.drafts)
        return tuple(ids for ids in every if len(ids) <= room)

    def _part(self, segment: Hole | Pinned) -> canvas.Part:
        if isinstance(segment, Pinned):
            return canvas.PinnedIds(self._pinned(segment.text))
        return canvas.HoleSlots(segment.slots, self._pinned(segment.starts_with))

    def _pinned(self, text: str) -> tuple[int, ...]:
        most = LONGEST_TOKEN * canvas.LONGEST_CANVAS
        if len(text) > most:
            raise canvas.CanvasError(
                f"{len(text)} characters of pinned text do not fit a canvas; pin at most {most}"
            )
        return tuple(self._tokenizer.encode(text))


def _latest(prefix: str, most: int) -> str:
    """The end of `prefix`, cut in strides so that the cut stays put while somebody types."""
    stride = most // 2
    return prefix[-(-max(0, len(prefix) - most) // stride) * stride :]


def _override(base: SamplingParams, wanted: Sampling) -> SamplingParams:
    names = (
        "steps",
        "temperature_start",
        "temperature_end",
        "entropy_bound",
        "stability",
        "confidence",
        "order",
        "draft_bonus",
    )
    given = {name: getattr(wanted, name) for name in names if getattr(wanted, name) is not None}
    return evolve(base, **given)

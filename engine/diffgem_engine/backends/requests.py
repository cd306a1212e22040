"""A request's text as token ids: its prompt, its canvas, its drafts."""

from typing import cast

from attrs import evolve

from diffgem_engine.backends.base import LONGEST_TOKEN, RequestError
from diffgem_engine.backends.sooner import Sooner
from diffgem_engine.checkpoint.loading import Checkpoint
from diffgem_engine.core import canvas
from diffgem_engine.core.canvas import FillPath
from diffgem_engine.core.continuing import LEAST_SHARE, Rest, next_canvas
from diffgem_engine.core.request import InfillIds, Priority
from diffgem_engine.core.sampler import SamplingParams
from diffgem_engine.formats.base import CHARACTERS_A_TOKEN
from diffgem_engine.protocol import Hole, Infill, Pinned, Review, Sampling

MOST_HOLE = 2048  # slots: some minutes' work on a CPU
LEAST_LAST = canvas.LONGEST_CANVAS // LEAST_SHARE  # slots of the last canvas, which nobody reads


class Requests:
    """In the words of one checkpoint.

    Its methods raise RequestError, "bad-request", for a canvas that cannot be laid out.
    """

    def __init__(self, checkpoint: Checkpoint, sooner: Sooner) -> None:
        self._tokenizer, self._form = checkpoint.tokenizer, checkpoint.form
        self._sampling, self._sooner = checkpoint.sampling, sooner

    def infill(self, request: Infill) -> InfillIds:
        try:
            laid_out = self._lay_out(request)
        except canvas.CanvasError as error:
            raise RequestError("bad-request", str(error)) from error
        return evolve(
            laid_out,
            drafts=self._drafts(request, len(laid_out.canvas.open_slots)),
            deadline_ms=request.deadline_ms,
            priority=cast(Priority, request.priority),
            scored=request.scored,
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
            prompt=self._prompt(request),
            canvas=laid_out,
            params=self._sampling,
            seed=0,
            path="review",
            priority=cast(Priority, request.priority),
        )

    def _prompt(self, request: Infill | Review, kept_free: int = 0) -> tuple[int, ...]:
        """With `kept_free` tokens less than the longest one."""
        form = self._form.shortened(kept_free) if kept_free else self._form
        if isinstance(request, Infill) and request.instruction:
            form = form.instructed(request.instruction)
        return tuple(form.prompt(self._tokenizer.encode, request.prefix, request.suffix))

    def _lay_out(self, request: Infill) -> InfillIds:
        """What the encoder reads, and the canvas or canvases; no drafts yet."""
        form, parts = self._form, [self._part(segment) for segment in request.canvas]
        params = _override(self._sampling, request.sampling)
        if self._path(request, parts) == "autoregressive":
            read, laid_out = canvas.build_continuation(form, self._prompt(request), parts)
            return InfillIds(tuple(read), laid_out, params, request.seed, "autoregressive")
        head = self._tokenizer.encode(request.suffix[: CHARACTERS_A_TOKEN * form.head_tokens])
        match parts:
            case [canvas.HoleSlots(slots, start)] if slots > canvas.LONGEST_CANVAS:
                # what is committed is read behind the prompt, and both must fit what was taught
                prompt = self._prompt(request, kept_free=slots - LEAST_LAST)
                laid_out, rest = next_canvas(form, Rest(slots, tuple(head)), start)
                return InfillIds(prompt, laid_out, params, request.seed, rest=rest)
        first, *others = form.canvases(parts, head)
        ids = InfillIds(self._prompt(request), first.canvas, params, request.seed)
        if others and request.seeds > 1:
            raise canvas.CanvasError(
                f"the {form.name} format tries several lengths of a hole: give one seed"
            )
        if others:
            return evolve(ids, path="hypotheses", hypotheses=(first, *others))
        if request.seeds > 1:
            return evolve(ids, path="hypotheses", seeds=request.seeds)
        return ids

    def _path(self, request: Infill, parts: list[canvas.Part]) -> FillPath:
        """The sooner one where both paths can fill the hole, and the encoder sees what the decoder
        does: all but the head of the next line.
        """
        match parts:
            case _ if request.path != "auto":
                return cast(FillPath, request.path)
            case [canvas.HoleSlots(slots, start)] if request.seeds == 1 and _ends_line(request):
                return self._sooner.path(slots - len(start))
        return "diffusion"

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


def _ends_line(request: Infill) -> bool:
    """Whether nothing but white space follows the hole on its line."""
    end = request.suffix.find("\n")
    return not request.suffix[: len(request.suffix) if end < 0 else end].strip()


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
        "draft_enough",
    )
    given = {name: getattr(wanted, name) for name in names if getattr(wanted, name) is not None}
    return evolve(base, **given)

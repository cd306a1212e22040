"""The `pinned` format on an upstream: its layout in ids, its canvases side by side."""

import math
import time
from collections.abc import Sequence

from attrs import frozen

from diffgem_engine.backends.base import RequestError
from diffgem_engine.backends.candidates import agreed
from diffgem_engine.backends.openai.server import Server
from diffgem_engine.backends.openai.together import together
from diffgem_engine.backends.vllm.canvases import (
    STEPS,
    Denoised,
    Denoising,
    Seeded,
    Widths,
    denoise,
)
from diffgem_engine.backends.vllm.survey import Ability
from diffgem_engine.backends.vllm.words import BOS, EOS, PAD, Encoded, Words
from diffgem_engine.core.canvas import (
    Canvas,
    CanvasError,
    HoleSlots,
    Hypothesis,
    Part,
    PinnedIds,
)
from diffgem_engine.formats.base import CHARACTERS_A_TOKEN, latest_text
from diffgem_engine.formats.pinned import COMPARED_HEAD, PinnedFormat
from diffgem_engine.metrics.meter import Meter
from diffgem_engine.protocol import Candidate, Hole, Infill, Pinned, Result

GUESSES = 3  # at the length of a hole: so many requests of one prompt, which vLLM reads once
HEAD_TOKENS = 32  # of the suffix


@frozen
class Filled:
    """One canvas, denoised."""

    canvas: Canvas
    slots: Denoised

    @property
    def score(self) -> float:
        """By which lengths are compared: of the hole, and of the head of the suffix behind it."""
        end = self.canvas.holes[-1].stop
        compared = range(end, min(end + COMPARED_HEAD, len(self.canvas)))
        return self._mean((*self.canvas.open_slots, *compared))

    @property
    def confidence(self) -> float:
        return min(1.0, math.exp(self._mean(self.canvas.open_slots)))

    def _mean(self, slots: Sequence[int]) -> float:
        return sum(self.slots.log_probs[slot] for slot in slots) / len(slots)


class PinnedFill:
    """One request on one upstream, whose ability has widths and words."""

    def __init__(
        self,
        server: Server,
        ability: Ability,
        words: Words,
        widths: Widths,
        meter: Meter | None = None,
    ) -> None:
        self._server, self._model, self._meter = server, ability.model, meter
        self._words, self._widths = words, widths
        self._form = PinnedFormat(
            vocab=words.vocab, prompt_tokens=ability.prompt_tokens, head_tokens=HEAD_TOKENS,
            guesses=GUESSES, pad=PAD, bos=BOS, eos=EOS, marks=words.marks,
            noise_range=(0, words.vocab),
        )  # fmt: skip

    async def fill(self, request: Infill) -> Result:
        """Raises UpstreamError, and RequestError for a canvas that cannot be laid out."""
        began = time.perf_counter()
        ids = await self._words.encode(self._server, self._texts(request))
        prompt, every = self._lay_out(request, ids)
        steps = request.sampling.steps or STEPS
        tries = [(each.canvas, request.seed) for each in every]
        if request.seeds > 1:
            tries = [(every[0].canvas, request.seed + n) for n in range(request.seeds)]
        denoising = Denoising(self._model, prompt, self._widths, steps)
        filled = await together(self._denoise(denoising, *each) for each in tries)
        best = filled[0] if request.seeds > 1 else max(filled, key=lambda each: each.score)
        candidates = await self._candidates(request, filled, best)
        if self._meter is not None:  # the upstream does not say when it took fewer
            self._meter.stepped("diffusion", steps, len(best.canvas.open_slots))
        told = filled[0].slots
        return Result(
            id=request.id,
            candidates=candidates,
            steps=steps,
            prompt_tokens=len(prompt),
            prefilled_tokens=max(0, len(prompt) - told.cached_tokens),
            queue_ms=0.0,
            prefill_ms=0.0,
            denoise_ms=(time.perf_counter() - began) * 1000,
            ended="out of steps",
            route="diffusion: pinned",
        )

    def _texts(self, request: Infill) -> list[str]:
        texts = [self._known(request), self._head(request)]
        for part in request.canvas:
            texts.append(part.text if isinstance(part, Pinned) else part.starts_with)
        return texts

    def _known(self, request: Infill) -> str:
        return latest_text(request.prefix, self._form.prompt_tokens)

    def _head(self, request: Infill) -> str:
        return request.suffix[: CHARACTERS_A_TOKEN * HEAD_TOKENS]

    def _lay_out(
        self, request: Infill, ids: Encoded
    ) -> tuple[tuple[int, ...], tuple[Hypothesis, ...]]:
        def encode(text: str) -> list[int]:
            return list(ids[text])

        parts = [_part(segment, ids) for segment in request.canvas]
        try:
            every = self._form.canvases(parts, ids[self._head(request)])
            self._check_width(max(len(each.canvas) for each in every))
        except CanvasError as error:
            raise RequestError("bad-request", str(error)) from error
        return tuple(self._form.prompt(encode, request.prefix, request.suffix)), every

    def _check_width(self, slots: int) -> None:
        if slots > self._widths.served:
            raise CanvasError(
                f"the canvas has {slots} slots, and the upstream serves {self._widths.served}: "
                "ask for a shorter hole"
            )

    async def _denoise(self, denoising: Denoising, canvas: Canvas, seed: int) -> Filled:
        width = self._widths.of(len(canvas))
        seeded = Seeded.of(canvas, width, self._form.noise_range, PAD, seed)
        asked = denoising.body(seeded, seed)
        return Filled(canvas, await denoise(self._server, asked, seeded))

    async def _candidates(
        self, request: Infill, filled: Sequence[Filled], best: Filled
    ) -> tuple[Candidate, ...]:
        if request.seeds > 1:
            return agreed(await together(self._candidate(request, each) for each in filled))
        return (await self._candidate(request, best),)

    async def _candidate(self, request: Infill, filled: Filled) -> Candidate:
        canvas, ids = filled.canvas, filled.slots.ids
        texts = []
        holes = [segment for segment in request.canvas if isinstance(segment, Hole)]
        for hole, slots in zip(holes, canvas.holes, strict=True):
            written = [ids[slot] for slot in slots if not canvas.pinned[slot]]
            texts.append(hole.starts_with + await self._words.decode(self._server, written))
        return Candidate(tuple(texts), filled.confidence)


def _part(segment: Hole | Pinned, ids: Encoded) -> Part:
    if isinstance(segment, Pinned):
        return PinnedIds(ids[segment.text])
    return HoleSlots(segment.slots, ids[segment.starts_with])

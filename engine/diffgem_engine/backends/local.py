"""The engine of this machine behind the Backend protocol: text at its edge, and one thread."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Any, cast

from attrs import evolve

from diffgem_engine import __version__, canvas
from diffgem_engine.backends.base import RequestError
from diffgem_engine.backends.candidates import compete
from diffgem_engine.backends.reviews import reviewed_tokens
from diffgem_engine.backends.thread import EngineThread
from diffgem_engine.checkpoint import Checkpoint
from diffgem_engine.engine import Engine, Events
from diffgem_engine.memory import dtype_name
from diffgem_engine.protocol import (
    PROTOCOL_VERSION,
    Candidate,
    Hole,
    Infill,
    Pinned,
    Progress,
    Result,
    Review,
    Reviewed,
    Sampling,
    Welcome,
)
from diffgem_engine.runner import Runner
from diffgem_engine.sampler import SamplingParams
from diffgem_engine.sequence import InfillIds, Outcome, Sequence
from diffgem_engine.validation import LONGEST_TOKEN

log = logging.getLogger(__name__)

OnProgress = Callable[[Progress], None]
CHARACTERS_A_TOKEN = 12  # more than code has: text beyond that many is not worth tokenizing
ORIGINS = {"diffusion": "denoised", "autoregressive": "autoregressive"}


class LocalBackend:
    """Text requests on a checkpoint loaded in this process."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._checkpoint = checkpoint
        self._tokenizer, self._form = checkpoint.tokenizer, checkpoint.form
        runner = Runner(checkpoint.model)
        self._thread = EngineThread(Engine(runner, checkpoint.form))
        self._welcome = Welcome(
            protocol=PROTOCOL_VERSION,
            engine=__version__,
            model=checkpoint.name,
            device=str(runner.device),
            dtype=dtype_name(runner.dtype),
            max_slots=canvas.LONGEST_CANVAS,
            prompt_tokens=checkpoint.form.prompt_tokens,
        )

    @property
    def welcome(self) -> Welcome:
        return self._welcome

    @property
    def broken(self) -> bool:
        return self._thread.broken

    async def infill(self, request: Infill, on_progress: OnProgress | None = None) -> Result:
        """Fill the request's holes.  Cancelling this takes effect at the next step.

        Raises RequestError: "bad-request" for a canvas that cannot be laid out, "draining" when
        the backend closes first, "internal" when it is broken.
        """
        loop = asyncio.get_running_loop()

        def stepped(sequence: Sequence) -> None:
            if on_progress is not None:
                _call(loop, on_progress, self._progress(request.id, sequence))

        return self._result(request, await self._done(self._tokenize(request), stepped))

    async def review(self, request: Review) -> Reviewed:
        """Raises and is cancelled as `infill` is: "bad-request" for code longer than a canvas."""
        sequence = await self._done(self._to_review(request))
        timings = sequence.timings
        return Reviewed(
            id=request.id,
            tokens=reviewed_tokens(self._tokenizer, sequence),
            prompt_tokens=len(sequence.request.prompt),
            prefilled_tokens=sequence.prefilled,
            queue_ms=timings.queue_ms,
            prefill_ms=timings.prefill_ms,
            denoise_ms=timings.denoise_ms,
        )

    async def _done(
        self, ids: InfillIds, stepped: Callable[[Sequence], None] = lambda _: None
    ) -> Sequence:
        """The sequence of `ids` at its end."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Sequence] = loop.create_future()

        def finished(sequence: Sequence, outcome: Outcome, error: BaseException | None) -> None:
            _call(loop, _resolve, done, sequence, outcome, error)

        sequence = self._thread.submit(ids, Events(finished, stepped))
        try:
            return await done
        except asyncio.CancelledError:
            sequence.cancelled = True
            raise

    async def count(self, texts: Iterable[str]) -> tuple[int, ...]:
        """In a thread of its own: megabytes take seconds."""
        return await asyncio.to_thread(self._count, texts)

    def _count(self, texts: Iterable[str]) -> tuple[int, ...]:
        return tuple(len(self._tokenizer.encode(text)) for text in texts)

    async def close(self) -> None:
        await asyncio.to_thread(self._thread.close)

    def _prompt(self, request: Infill | Review) -> list[int]:
        encode, form = self._tokenizer.encode, self._form
        line_end = request.suffix.find("\n")
        beyond = "" if line_end < 0 else request.suffix[line_end:]
        prefix = _latest(request.prefix, CHARACTERS_A_TOKEN * form.prompt_tokens)
        suffix = beyond[: CHARACTERS_A_TOKEN * form.suffix_tokens]
        return canvas.build_prompt(form, encode(prefix), encode(suffix))

    def _to_review(self, request: Review) -> InfillIds:
        try:
            laid_out = canvas.build_review(self._tokenizer.encode(request.code))
        except canvas.CanvasError as error:
            raise RequestError("bad-request", str(error)) from error
        params = self._checkpoint.sampling
        return InfillIds(tuple(self._prompt(request)), laid_out, params, seed=0, path="review")

    def _tokenize(self, request: Infill) -> InfillIds:
        prompt = self._prompt(request)
        try:
            read, laid_out = self._lay_out(request, prompt)
        except canvas.CanvasError as error:
            raise RequestError("bad-request", str(error)) from error
        params = _override(self._checkpoint.sampling, request.sampling)
        path = cast(canvas.FillPath, request.path)
        drafts = self._drafts(request, len(laid_out.open_slots))
        return InfillIds(tuple(read), laid_out, params, request.seed, path, drafts)

    def _drafts(self, request: Infill, room: int) -> tuple[tuple[int, ...], ...]:
        """Those that the hole has room for, each once."""
        every = dict.fromkeys(tuple(self._tokenizer.encode(text)) for text in request.drafts)
        return tuple(ids for ids in every if len(ids) <= room)

    def _lay_out(self, request: Infill, prompt: list[int]) -> tuple[list[int], canvas.Canvas]:
        """What the encoder reads, and the canvas."""
        form, parts = self._form, [self._part(segment) for segment in request.canvas]
        if request.path == "autoregressive":
            return canvas.build_continuation(form, prompt, parts)
        head = self._tokenizer.encode(request.suffix[: CHARACTERS_A_TOKEN * form.head_tokens])
        return prompt, canvas.build_canvas(form, parts, head)

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

    def _candidates(self, request: Infill, sequence: Sequence) -> tuple[Candidate, ...]:
        """What was filled, and the drafts that compete with it; best first."""
        filled, laid_out = sequence.filled(), sequence.request.canvas
        holes = [segment for segment in request.canvas if isinstance(segment, Hole)]
        texts = [
            hole.starts_with + self._fill([filled[i] for i in slots if not laid_out.pinned[i]])
            for hole, slots in zip(holes, laid_out.holes, strict=True)
        ]
        best = Candidate(tuple(texts), sequence.confidence, ORIGINS[request.path])
        if not sequence.scores:
            return (best,)
        drafts = [
            Candidate(
                (holes[0].starts_with + self._tokenizer.decode(ids),), score.confidence, "draft"
            )
            for ids, score in zip(sequence.request.drafts, sequence.scores[1:], strict=True)
        ]
        return compete(best, drafts, sequence.scores, sequence.request.params.draft_bonus)

    def _result(self, request: Infill, sequence: Sequence) -> Result:
        timings = sequence.timings
        return Result(
            id=request.id,
            candidates=self._candidates(request, sequence),
            steps=sequence.step,
            prompt_tokens=len(sequence.request.prompt),
            prefilled_tokens=sequence.prefilled,
            queue_ms=timings.queue_ms,
            prefill_ms=timings.prefill_ms,
            denoise_ms=timings.denoise_ms,
            score_ms=timings.score_ms,
        )

    def _fill(self, filled: list[int]) -> str:
        """What the model wrote into a hole's open slots, to its end."""
        middle, _ = canvas.read_hole(self._form, filled)
        return self._tokenizer.decode(middle)

    def _progress(self, request_id: int, sequence: Sequence) -> Progress:
        filled, laid_out = sequence.filled(), sequence.request.canvas
        accepted = dict(zip(laid_out.open_slots, sequence.accepted, strict=True))
        states = []
        for slot, token in enumerate(filled):
            if laid_out.pinned[slot]:
                states.append("p")
            elif not accepted[slot]:
                states.append("n")
            else:
                states.append({self._form.ids.eom: "e", self._form.ids.pad: "x"}.get(token, "a"))
        cells = tuple(self._tokenizer.pieces(filled))
        return Progress(request_id, sequence.step, cells, "".join(states))


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


def _call(loop: asyncio.AbstractEventLoop, function: Callable[..., object], *args: Any) -> None:
    """Call `function` on the loop's thread; a loop that is gone has nobody left to tell."""
    try:
        loop.call_soon_threadsafe(function, *args)
    except RuntimeError:
        log.debug("the event loop closed before a sequence finished")


def _resolve(
    done: "asyncio.Future[Sequence]",
    sequence: Sequence,
    outcome: Outcome,
    error: BaseException | None,
) -> None:
    if done.done():
        return
    if outcome is Outcome.FAILED:
        done.set_exception(error or RuntimeError("the engine failed without saying why"))
    elif outcome is Outcome.CANCELLED:
        done.cancel()
    else:
        done.set_result(sequence)

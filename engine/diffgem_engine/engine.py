"""step(): schedule, run, settle.  Token ids in, token ids out; no text, no sockets, no threads."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
from attrs import field, frozen
from torch import Tensor

from diffgem_engine import sampler
from diffgem_engine.acceptance import accepted_slots
from diffgem_engine.canvas import Canvas, InfillFormat, kept_slots
from diffgem_engine.kv import PrefixKv
from diffgem_engine.prefix_cache import PrefixCache
from diffgem_engine.runner import Runner
from diffgem_engine.scheduler import Scheduler
from diffgem_engine.sequence import Denoising, InfillIds, Outcome, Sequence, timed

log = logging.getLogger(__name__)

KV_BUDGET = 256 * 2**20  # bytes of cached prompts


@frozen
class Events:
    """Where a sequence's owner hears of it; called from whoever calls `step`.

    `finished` is called exactly once, and last.  What they raise fails their own sequence alone.
    """

    finished: Callable[[Sequence, Outcome, BaseException | None], None]
    stepped: Callable[[Sequence], None] = field(default=lambda _: None)


class RowStep(NamedTuple):
    """What a denoising step found for one canvas, its open slots alone."""

    logits: Tensor  # [open slots, vocab]
    probs: Tensor  # [open slots, vocab], after temperature
    entropy: Tensor  # [open slots]
    argmax: Tensor  # [open slots]
    accepted: Tensor  # [open slots]
    signal: Tensor  # [open slots, width]


class Engine:
    """Denoises many canvases side by side; they join and leave between steps."""

    def __init__(
        self,
        runner: Runner,
        form: InfillFormat,
        scheduler: Scheduler | None = None,
        cache: PrefixCache[PrefixKv] | None = None,
    ) -> None:
        self._runner, self._form = runner, form
        self._scheduler = Scheduler() if scheduler is None else scheduler
        self.cache = PrefixCache[PrefixKv](budget=KV_BUDGET) if cache is None else cache
        self._events: dict[Sequence, Events] = {}

    @property
    def idle(self) -> bool:
        return self._scheduler.idle

    def sequence(self, request: InfillIds) -> Sequence:
        """A request's state before it is added; its own seed starts its own random stream."""
        generator = torch.Generator(device=self._runner.device).manual_seed(request.seed)
        return Sequence(request, generator)

    def add(self, sequence: Sequence, events: Events) -> None:
        """Queue a sequence; its owner hears of it through `events`."""
        self._events[sequence] = events
        self._scheduler.add(sequence)

    @torch.inference_mode()
    def step(self) -> None:
        """One engine step: every live canvas takes one denoising step."""
        for sequence in self._scheduler.drop_cancelled():
            with self._failing_alone(sequence):
                self._finish(sequence, Outcome.CANCELLED)
        for sequence in self._scheduler.admit():
            with self._failing_alone(sequence):
                if sequence.cancelled:  # while those before it were prefilled
                    self._finish(sequence, Outcome.CANCELLED)
                else:
                    self._start(sequence)
        for batch in self._scheduler.batches():
            self._denoise(batch)

    def fail_all(self, error: BaseException) -> None:
        """End everything whose owner has not heard of its end, wherever a failed step left it."""
        for sequence in [*self._events]:
            with self._failing_alone(sequence):
                self._finish(sequence, Outcome.FAILED, error)

    @contextmanager
    def _failing_alone(self, sequence: Sequence) -> Iterator[None]:
        """A failure inside ends `sequence`, never another one; the device's own ends the engine."""
        try:
            yield
        except torch.AcceleratorError:  # the device is gone, and with it the engine
            raise
        except Exception as error:
            if sequence in self._events:
                self._finish(sequence, Outcome.FAILED, error)
            else:
                log.exception("the owner of a finished sequence failed")

    def _start(self, sequence: Sequence) -> None:
        sequence.timings.started()
        with timed([sequence], "prefill_ms"):
            kv = self._prefill(sequence)
            tokens, signal = self._first_canvas(sequence)
            padded = self._runner.pad(kv, sequence.bucket)
            sequence.denoising = Denoising(padded, tokens, signal)

    def _prefill(self, sequence: Sequence) -> PrefixKv:
        ids = sequence.request.prompt
        match = self.cache.match(ids)
        known = match.payload.cut(match.length) if match else None
        sequence.prefilled = len(ids) - (match.length if match else 0)
        kv = self._runner.prefill(ids, known)
        self.cache.put(ids, kv)
        return kv

    def _first_canvas(self, sequence: Sequence) -> tuple[Tensor, Tensor]:
        """Pinned slots as they are, open ones drawn from the noise source; and its signal."""
        canvas, device = sequence.request.canvas, self._runner.device
        spare = sequence.bucket.slots - len(canvas)
        tokens = torch.tensor([*canvas.ids, *[self._form.ids.pad] * spare], device=device)
        pinned = torch.tensor([*canvas.pinned, *[False] * spare], device=device)
        count = len(canvas.open_slots)
        tokens[self._open(canvas)] = self._noise(count, sequence)
        return tokens, self._runner.first_signal(tokens, pinned)

    def _denoise(self, batch: list[Sequence]) -> None:
        """One denoising step of canvases of one bucket."""
        try:
            with timed(batch, "denoise_ms"):
                rows = self._look(batch)
        except torch.AcceleratorError:
            raise
        except Exception as error:
            self._blame(batch, error)
            return
        for sequence, row in zip(batch, rows, strict=True):
            with self._failing_alone(sequence):
                self._advance(sequence, row)
                self._settle(sequence, row)

    def _blame(self, batch: list[Sequence], error: Exception) -> None:
        """Nothing has changed yet: every row tries again alone, and only the guilty fail."""
        if len(batch) == 1:
            with self._failing_alone(batch[0]):
                raise error
        else:
            for sequence in batch:
                self._denoise([sequence])

    def _look(self, batch: list[Sequence]) -> list[RowStep]:
        """One decoder pass, and what it says of every canvas; no sequence changes yet."""
        denoised = self._runner.denoise(batch)
        heat = [sequence.request.params.temperature(sequence.step) for sequence in batch]
        found = sampler.distribution(denoised.logits, heat)
        accepted = accepted_slots(self._form, batch, found, denoised.counted)
        signals = self._runner.soft_embedding(found.probs)
        stacked = (denoised.logits, found.probs, found.entropy, found.argmax, accepted, signals)
        counts = [len(sequence.request.canvas.open_slots) for sequence in batch]
        return [RowStep(*(t[row, :n] for t in stacked)) for row, n in enumerate(counts)]

    def _advance(self, sequence: Sequence, row: RowStep) -> None:
        """Accept, renoise, feed back."""
        drawn = sampler.draw(row.probs, sequence.generator)
        noisy = self._noise(len(drawn), sequence)
        slots = self._open(sequence.request.canvas)
        sequence.live.tokens[slots] = sampler.renoise(drawn, row.accepted, noisy)
        sequence.live.signal[slots] = row.signal
        sequence.argmax = tuple(row.argmax.tolist())
        sequence.accepted = tuple(row.accepted.tolist())
        sequence.step += 1

    def _settle(self, sequence: Sequence, row: RowStep) -> None:
        """Tell the owner, and end what is done."""
        params = sequence.request.params
        settled = sequence.stopping.done(
            sequence.argmax, float(row.entropy.mean()), params, complete=all(sequence.accepted)
        )
        self._events[sequence].stepped(sequence)
        if settled or sequence.step >= params.steps:
            sequence.confidence = self._confidence(sequence, row.logits)
            self._finish(sequence, Outcome.SETTLED if settled else Outcome.OUT_OF_STEPS)

    def _confidence(self, sequence: Sequence, logits: Tensor) -> float:
        """Geometric mean probability, untempered, of the filled tokens and each hole's `<eom>`."""
        kept = kept_slots(self._form, sequence.request.canvas, sequence.filled())
        rows = [i for i, slot in enumerate(sequence.request.canvas.open_slots) if slot in kept]
        argmax = torch.tensor(sequence.argmax, device=logits.device)
        log_probs = logits.log_softmax(-1).gather(1, argmax[:, None])
        return float(log_probs[rows].mean().exp())

    def _noise(self, count: int, sequence: Sequence) -> Tensor:
        return sampler.noise(count, *self._form.noise_range, sequence.generator)

    def _open(self, canvas: Canvas) -> Tensor:
        return torch.tensor(canvas.open_slots, device=self._runner.device)

    def _finish(
        self, sequence: Sequence, outcome: Outcome, error: BaseException | None = None
    ) -> None:
        self._scheduler.remove(sequence)
        self._events.pop(sequence).finished(sequence, outcome, error)

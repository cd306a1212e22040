"""step(): schedule, run, settle.  Token ids in, token ids out; no text, no sockets, no threads."""

from collections.abc import Callable

import torch
from attrs import field, frozen

from diffgem_engine import sampler
from diffgem_engine.canvas import InfillFormat
from diffgem_engine.prefix_cache import PrefixCache
from diffgem_engine.runner import Denoised, PrefixKv, Runner
from diffgem_engine.scheduler import Scheduler
from diffgem_engine.sequence import InfillIds, Outcome, Sequence, timed

KV_BUDGET = 256 * 2**20  # bytes of cached prompts


@frozen
class Events:
    """Where a sequence's owner hears of it; called from whoever calls `step`."""

    finished: Callable[[Sequence, Outcome, BaseException | None], None]
    stepped: Callable[[Sequence], None] = field(default=lambda _: None)


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
        self._scheduler = scheduler or Scheduler()
        self.cache = cache or PrefixCache[PrefixKv](budget=KV_BUDGET)
        self._events: dict[int, Events] = {}

    @property
    def idle(self) -> bool:
        return self._scheduler.idle

    def sequence(self, request: InfillIds) -> Sequence:
        """A request's state before it is added; its own seed starts its own random stream."""
        generator = torch.Generator(device=self._runner.device).manual_seed(request.seed)
        return Sequence(request, generator)

    def add(self, sequence: Sequence, events: Events) -> None:
        """Queue a sequence; its owner hears of it through `events`."""
        self._events[id(sequence)] = events
        self._scheduler.add(sequence)

    def step(self) -> None:
        """One engine step: every live canvas takes one denoising step."""
        for sequence in self._scheduler.drop_cancelled():
            self._finish(sequence, Outcome.CANCELLED)
        for sequence in self._scheduler.admit():
            self._guard([sequence], self._start)
        for batch in self._scheduler.batches():
            self._guard(batch, self._denoise)

    def _guard(self, batch: list[Sequence], work: Callable[[list[Sequence]], None]) -> None:
        """A failure ends the sequences that it struck, never the engine."""
        try:
            work(batch)
        except Exception as error:  # noqa: BLE001 - told to the requests' owners
            for sequence in batch:
                self._scheduler.remove(sequence)
                self._finish(sequence, Outcome.FAILED, error)

    def _start(self, newcomers: list[Sequence]) -> None:
        for sequence in newcomers:
            sequence.timings.started()
            with timed([sequence], "prefill_ms"):
                self._prefill(sequence)
                self._noise(sequence)

    def _prefill(self, sequence: Sequence) -> None:
        ids = sequence.request.prompt
        match = self.cache.match(ids)
        known = match.payload.cut(match.length) if match else None
        sequence.prefilled = len(ids) - (match.length if match else 0)
        kv = self._runner.prefill(ids, known)
        self.cache.put(ids, kv)
        sequence.prefix = self._runner.pad(kv, sequence.bucket)

    def _noise(self, sequence: Sequence) -> None:
        """The first canvas: pinned slots as they are, open ones drawn from the noise source."""
        canvas, device = sequence.request.canvas, self._runner.device
        spare = sequence.bucket.slots - len(canvas)
        tokens = torch.tensor([*canvas.ids, *[self._form.ids.pad] * spare], device=device)
        pinned = torch.tensor([*canvas.pinned, *[False] * spare], device=device)
        slots = torch.tensor(canvas.open_slots, device=device)
        low, high = self._form.noise_range
        tokens[slots] = sampler.noise(len(slots), low, high, sequence.generator)
        sequence.tokens = tokens
        sequence.signal = self._runner.first_signal(tokens, pinned)

    def _denoise(self, batch: list[Sequence]) -> None:
        with timed(batch, "denoise_ms"):
            self._settle(batch, self._runner.denoise(batch))

    def _settle(self, batch: list[Sequence], denoised: Denoised) -> None:
        """Accept, renoise, feed back; then stop the rows that are done."""
        params = [sequence.request.params for sequence in batch]
        heat = [p.temperature(s.step) for p, s in zip(params, batch, strict=True)]
        found = sampler.distribution(denoised.logits, heat)
        bounds = [p.entropy_bound for p in params]
        accepted = sampler.accept(found.entropy, denoised.counted, bounds)
        signals = self._runner.soft_embedding(found.probs)
        for row, sequence in enumerate(batch):
            self._advance(sequence, row, found, accepted[row], signals[row])
            self._stop_or_go_on(sequence, denoised.logits[row], found.entropy[row])

    def _advance(
        self,
        sequence: Sequence,
        row: int,
        found: sampler.Distribution,
        accepted: torch.Tensor,
        signal: torch.Tensor,
    ) -> None:
        slots = torch.tensor(sequence.request.canvas.open_slots, device=self._runner.device)
        count = len(slots)
        drawn = sampler.draw(found.probs[row, :count], sequence.generator)
        noisy = sampler.noise(count, *self._form.noise_range, sequence.generator)
        sequence.tokens[slots] = sampler.renoise(drawn, accepted[:count], noisy)
        sequence.signal[slots] = signal[:count]
        sequence.argmax = tuple(found.argmax[row, :count].tolist())
        sequence.accepted = tuple(accepted[:count].tolist())
        sequence.step += 1

    def _stop_or_go_on(
        self, sequence: Sequence, logits: torch.Tensor, entropy: torch.Tensor
    ) -> None:
        count = len(sequence.argmax)
        mean = float(entropy[:count].mean())
        params = sequence.request.params
        settled = sequence.stopping.done(sequence.argmax, mean, params)
        if settled or sequence.step >= params.steps:
            sequence.confidence = self._confidence(sequence, logits[:count])
            self._scheduler.remove(sequence)
            self._finish(sequence, Outcome.SETTLED if settled else Outcome.OUT_OF_STEPS)
        else:
            self._events[id(sequence)].stepped(sequence)

    def _confidence(self, sequence: Sequence, logits: torch.Tensor) -> float:
        """Geometric mean probability, untempered, of the filled tokens and each hole's `<eom>`."""
        log_probs = logits.log_softmax(-1).gather(
            1, torch.tensor(sequence.argmax)[:, None].to(logits.device)
        )
        kept = torch.tensor(
            [token != self._form.ids.pad for token in sequence.argmax], device=logits.device
        )
        return float(log_probs[:, 0][kept].mean().exp()) if bool(kept.any()) else 0.0

    def _finish(
        self, sequence: Sequence, outcome: Outcome, error: BaseException | None = None
    ) -> None:
        self._events.pop(id(sequence)).finished(sequence, outcome, error)

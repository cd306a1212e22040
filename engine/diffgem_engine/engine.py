"""step(): schedule, run, settle.  Token ids in, token ids out; no text, no sockets, no threads."""

import contextlib
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

import torch
from attrs import field, frozen

from diffgem_engine.autoregression import AutoregressivePath
from diffgem_engine.canvas import CanvasPath, CanvasRules
from diffgem_engine.denoising import DiffusionPath
from diffgem_engine.failures import OutOfMemory
from diffgem_engine.hypotheses import HypothesesPath, choose
from diffgem_engine.kv import PrefixKv
from diffgem_engine.prefix_cache import PrefixCache
from diffgem_engine.reviewing import ReviewingPath
from diffgem_engine.runner import Runner
from diffgem_engine.scheduler import Scheduler
from diffgem_engine.scoring import Scorer
from diffgem_engine.sequence import InfillIds, Outcome, Sequence, timed

R = TypeVar("R")
log = logging.getLogger(__name__)

KV_BUDGET = 256 * 2**20  # bytes of cached prompts


@frozen
class Events:
    """Where a sequence's owner hears of it; called from whoever calls `step`.

    `finished` is called exactly once, and last.  What they raise fails their own sequence alone.
    """

    finished: Callable[[Sequence, Outcome, BaseException | None], None]
    stepped: Callable[[Sequence], None] = field(default=lambda _: None)


class Path(Protocol[R]):
    """What is done with a canvas, once its prompt is prefilled; `R` is what a step finds for a
    row.
    """

    def start(self, sequence: Sequence, prefix: PrefixKv) -> None:
        """Make it ready for its first step; `prefix` is the KV of its prompt."""

    def look(self, batch: list[Sequence]) -> list[R]:
        """The model's pass for one step of a batch.  No sequence changes: it may be made again."""

    def advance(self, sequence: Sequence, row: R) -> Outcome | None:
        """Take what was found into the sequence; how it ended, if it has."""


class Engine:
    """Fills and reviews many canvases side by side; they join and leave between steps."""

    def __init__(
        self,
        runner: Runner,
        rules: CanvasRules,
        scheduler: Scheduler | None = None,
        cache: PrefixCache[PrefixKv] | None = None,
    ) -> None:
        self._runner = runner
        diffusion = DiffusionPath(runner, rules)
        self._paths: dict[CanvasPath, Path[Any]] = {
            "diffusion": diffusion,
            "hypotheses": HypothesesPath(runner, diffusion),
            "autoregressive": AutoregressivePath(runner, rules),
            "review": ReviewingPath(runner, rules),
        }
        self._scorer = Scorer(runner, rules)
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
        """One engine step: every live canvas takes one step on its path."""
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
            self._run(batch)

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
        """Prefill, once more without the cached prompts where there was no memory for it."""
        if not self._prepared(sequence):
            self._drop_cached_prompts()
            if not self._prepared(sequence):
                raise OutOfMemory

    def _prepared(self, sequence: Sequence) -> bool:
        """False where there is no memory for it, and all that it took is free again."""
        try:
            self._prepare(sequence)
        except torch.OutOfMemoryError:
            return False
        return True

    def _prepare(self, sequence: Sequence) -> None:
        sequence.timings.started()
        with timed([sequence], "prefill_ms"):
            kv = self._prefill(sequence)
            self._path(sequence).start(sequence, kv)
        if sequence.request.drafts or sequence.request.hypotheses:
            sequence.prompt_kv = kv

    def _prefill(self, sequence: Sequence) -> PrefixKv:
        ids = sequence.request.prompt
        match = self.cache.match(ids)
        known = match.payload.cut(match.length) if match else None
        sequence.prefilled = len(ids) - (match.length if match else 0)
        kv = self._runner.prefill(ids, known)
        self.cache.put(ids, kv)
        return kv

    def _path(self, sequence: Sequence) -> Path[Any]:
        return self._paths[sequence.request.path]

    def _run(self, batch: list[Sequence]) -> None:
        """One step of canvases of one bucket; of those that are still there."""
        batch = [sequence for sequence in batch if sequence in self._events]
        if not batch:
            return
        path = self._path(batch[0])
        rows = self._look(path, batch)
        for sequence, row in zip(batch, rows, strict=bool(rows)):
            with self._failing_alone(sequence):
                self._settle(sequence, path.advance(sequence, row))

    def _look(self, path: Path[R], batch: list[Sequence]) -> list[R]:
        """What the path finds; nothing where the step failed, and was made otherwise."""
        rows: list[R] = []
        out_of_memory = False
        try:
            with timed(batch, "denoise_ms"):
                rows = path.look(batch)
        except torch.AcceleratorError:
            raise
        except torch.OutOfMemoryError:  # its traceback holds what was computed: leave that first
            out_of_memory = True
        except Exception as error:
            self._blame(batch, error)
        if out_of_memory:
            self._run_with_less(batch)
        return rows

    def _run_with_less(self, batch: list[Sequence]) -> None:
        """The device is out of memory, and nothing has changed yet: the step is taken without the
        cached prompts, then in halves, then without the youngest sequence of all.
        """
        if self._drop_cached_prompts():
            self._run(batch)
        elif len(batch) > 1:
            half = len(batch) // 2
            self._run(batch[:half])
            self._run(batch[half:])
        else:
            youngest = self._scheduler.youngest
            with self._failing_alone(youngest):
                self._finish(youngest, Outcome.FAILED, OutOfMemory())
            self._run(batch)

    def _drop_cached_prompts(self) -> bool:
        """Whether there were any."""
        dropped = len(self.cache)
        self.cache.clear()
        self._runner.release()
        if dropped:
            log.warning("the device is out of memory: %d cached prompts are dropped", dropped)
        return dropped > 0

    def _blame(self, batch: list[Sequence], error: Exception) -> None:
        """Nothing has changed yet: every row tries again alone, and only the guilty fail."""
        if len(batch) == 1:
            with self._failing_alone(batch[0]):
                raise error
        else:
            for sequence in batch:
                self._run([sequence])

    def _settle(self, sequence: Sequence, outcome: Outcome | None) -> None:
        """Tell the owner, and end what is done, its texts compared."""
        self._events[sequence].stepped(sequence)
        if outcome is None:
            return
        if sequence.request.drafts or len(sequence.trials) > 1:
            if sequence.cancelled:  # during the last step
                outcome = Outcome.CANCELLED
            else:
                self._score(sequence)
        self._finish(sequence, outcome)

    def _score(self, sequence: Sequence) -> None:
        """Without memory for it there are no scores: what leads stays, and no draft competes."""
        with timed([sequence], "score_ms"), contextlib.suppress(torch.OutOfMemoryError):
            sequence.scores = choose(sequence, self._scorer.score(sequence))

    def _finish(
        self, sequence: Sequence, outcome: Outcome, error: BaseException | None = None
    ) -> None:
        self._scheduler.remove(sequence)
        self._events.pop(sequence).finished(sequence, outcome, error)

"""step(): schedule, run, settle.  Token ids in, token ids out; no text, no sockets, no threads."""

import contextlib
import logging
import time
from collections.abc import Callable
from typing import Any, TypeVar

import torch

from diffgem_engine.core.canvas import Canvas, CanvasRules
from diffgem_engine.core.continuing import Rest, following
from diffgem_engine.core.failures import OutOfMemory, TooLarge
from diffgem_engine.core.footprint import LEAST_CACHED, Footprint
from diffgem_engine.core.hypotheses import choose
from diffgem_engine.core.kv import PrefixKv
from diffgem_engine.core.owners import Events, Owners
from diffgem_engine.core.paths import Path, paths_of
from diffgem_engine.core.prefilling import PIECE, Prefiller
from diffgem_engine.core.prefix_cache import PrefixCache
from diffgem_engine.core.request import InfillIds, Priority
from diffgem_engine.core.runner import Runner
from diffgem_engine.core.scheduler import Scheduler
from diffgem_engine.core.scoring import Scorer
from diffgem_engine.core.sequence import Outcome, Sequence
from diffgem_engine.core.timings import Timings, timed

__all__ = ["Engine", "Events"]

R = TypeVar("R")
log = logging.getLogger(__name__)

# Prompt tokens read in an engine step, of all sequences: the oldest's piece, and what else there
# is room for: the one or two tokens of a key always fit somewhere.
MOST_READ = 2 * PIECE


class Engine:
    """Fills and reviews many canvases side by side; they join and leave between steps."""

    def __init__(
        self,
        runner: Runner,
        rules: CanvasRules,
        scheduler: Scheduler | None = None,
        cache: PrefixCache[PrefixKv] | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._runner, self._rules, self._clock = runner, rules, clock
        self._paths = paths_of(runner, rules)
        self._scorer = Scorer(runner, rules)
        self._scheduler = Scheduler() if scheduler is None else scheduler
        self.cache = PrefixCache[PrefixKv](budget=LEAST_CACHED) if cache is None else cache
        self._prefiller = Prefiller(runner, self.cache)
        self._footprint = Footprint.of(runner)
        self._owners = Owners(self._scheduler.remove, self._drop_cached_prompts)

    @property
    def idle(self) -> bool:
        return self._scheduler.idle

    @property
    def waiting(self) -> int:
        """Sequences that wait for a place; any thread may ask."""
        return self._scheduler.waiting

    def sequence(self, request: InfillIds, arrived: float | None = None) -> Sequence:
        """A request's state before it is added; its own seed starts its own random stream.

        It arrived now, or at that time of the engine's clock.
        """
        generator = torch.Generator(device=self._runner.device).manual_seed(request.seed)
        timings = Timings(self._clock() if arrived is None else arrived)
        return Sequence(request, generator, timings=timings, nbytes=self._footprint(request))

    def add(self, sequence: Sequence, events: Events) -> None:
        """Queue a sequence; its owner hears of it through `events`, now if it can never run."""
        self._owners.add(sequence, events)
        if self._scheduler.ever_fits(sequence):
            self._scheduler.add(sequence)
        else:
            with self._owners.failing_alone(sequence):
                raise TooLarge(sequence.nbytes, self._scheduler.budget)

    @torch.inference_mode()
    def step(self) -> None:
        """One engine step: every canvas whose turn it is takes one step on its path."""
        for sequence in self._scheduler.drop_cancelled():
            with self._owners.failing_alone(sequence):
                self._owners.finish(sequence, Outcome.CANCELLED)
        self._scheduler.begin_step()
        self._read()
        for batch in self._scheduler.batches(self._runner.alike):
            self._run(batch)

    def fail_all(self, error: BaseException) -> None:
        """End everything whose owner has not heard of its end, wherever a failed step left it."""
        self._owners.fail_all(error)

    def _read(self) -> None:
        """A piece of each prompt, as far as there is room; the oldest's of a priority, whose turn
        it is, in any case.
        """
        room, first = MOST_READ, set[Priority]()
        for sequence in self._scheduler.reading():
            with self._owners.failing_alone(sequence):
                if sequence.cancelled:  # while those before it were read
                    self._owners.finish(sequence, Outcome.CANCELLED)
                    continue
                tokens = self._prefiller.ahead(sequence)
                if tokens <= room or sequence.priority not in first:
                    room -= tokens
                    self._start(sequence)
                first.add(sequence.priority)

    def _start(self, sequence: Sequence) -> None:
        """Read a piece; once more from the beginning, without the cached prompts, where there was
        no memory for it.
        """
        if self._prepared(sequence):
            return
        again = not sequence.cramped
        sequence.cramped, sequence.kv = True, None
        self._drop_cached_prompts()
        if not (again and self._prepared(sequence)):
            raise OutOfMemory

    def _prepared(self, sequence: Sequence) -> bool:
        """False where there is no memory for it, and all that it took is free again."""
        try:
            self._prepare(sequence)
        except torch.OutOfMemoryError:
            return False
        return True

    def _prepare(self, sequence: Sequence) -> None:
        if sequence.kv is None and not sequence.committed.ids:
            sequence.timings.started()
        with timed("prefill_ms", [sequence.timings]):
            if not self._prefiller.read(sequence):
                return
            self._path(sequence).start(sequence, sequence.prompt_kv)
        sequence.ready = True
        if sequence.request.drafts and self._suffices(sequence):
            self._owners.finish(sequence, Outcome.SETTLED)
        elif not sequence.request.compares and sequence.rest is None:
            sequence.kv = None

    def _path(self, sequence: Sequence) -> Path[Any]:
        return self._paths[sequence.request.path]

    def _run(self, batch: list[Sequence]) -> None:
        """One step of canvases of one bucket; of those that are still wanted."""
        batch = [s for s in batch if s in self._owners and not s.cancelled]
        if not batch:
            return
        path = self._path(batch[0])
        rows = self._look(path, batch)
        for sequence, row in zip(batch, rows, strict=bool(rows)):
            with self._owners.failing_alone(sequence):
                sequence.late = self._past_deadline(sequence)
                self._settle(sequence, path.advance(sequence, row))

    def _look(self, path: Path[R], batch: list[Sequence]) -> list[R]:
        """What the path finds; nothing where the step failed, and was made otherwise."""
        rows: list[R] = []
        out_of_memory = False
        try:
            with timed("denoise_ms", [each.timings for each in batch]):
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
        cached prompts, then in halves, then with fewer trials, then without the youngest sequence
        of all.
        """
        if self._drop_cached_prompts():
            self._run(batch)
        elif len(batch) > 1:
            half = len(batch) // 2
            self._run(batch[:half])
            self._run(batch[half:])
        elif batch[0].give_up_trials():
            self._run(batch)
        else:
            youngest = self._scheduler.youngest
            with self._owners.failing_alone(youngest):
                self._owners.finish(youngest, Outcome.FAILED, OutOfMemory())
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
            with self._owners.failing_alone(batch[0]):
                raise error
        else:
            for sequence in batch:
                self._run([sequence])

    def _next_canvas(self, sequence: Sequence) -> tuple[Canvas, Rest | None] | None:
        if sequence.rest is None:
            return None
        return following(self._rules, sequence.canvas, sequence.filled(), sequence.rest)

    def _settle(self, sequence: Sequence, outcome: Outcome | None) -> None:
        """Tell the owner; go on with the next canvas, or end what is done, its texts compared."""
        self._owners.stepped(sequence)
        if outcome is None:
            return
        if (more := self._next_canvas(sequence)) is not None:
            if not sequence.late:
                sequence.go_on(*more)
                return
            outcome = Outcome.OUT_OF_TIME
        if sequence.is_compared:
            if sequence.cancelled:  # during the last step
                outcome = Outcome.CANCELLED
            else:
                self._score(sequence)
        self._owners.finish(sequence, outcome)

    def _past_deadline(self, sequence: Sequence) -> bool:
        return sequence.deadline is not None and self._clock() >= sequence.deadline

    def _suffices(self, sequence: Sequence) -> bool:
        """Whether a draft does; not where there is no memory to say so."""
        with timed("score_ms", [sequence.timings]), contextlib.suppress(torch.OutOfMemoryError):
            return self._scorer.suffices(sequence)
        return False

    def _score(self, sequence: Sequence) -> None:
        """Without memory for it there are no scores: what leads stays, and no draft competes."""
        with timed("score_ms", [sequence.timings]), contextlib.suppress(torch.OutOfMemoryError):
            sequence.scores = choose(sequence, self._scorer.score(sequence))

"""The training loop: bounded by time, stopped and resumed at will."""

import signal
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

import torch
from attrs import asdict
from torch import Tensor

from diffgem_engine.training import weights
from diffgem_engine.training.average import Average
from diffgem_engine.training.errors import CannotWrite, PlanChanged, StateDamaged
from diffgem_engine.training.objective import Objective
from diffgem_engine.training.optimizers import optimizers_for
from diffgem_engine.training.passes.loss import CanvasTensors
from diffgem_engine.training.plan import Plan
from diffgem_engine.training.progress import Progress, Unit
from diffgem_engine.training.source import Tensors
from diffgem_engine.training.state import ADVICE, read_state, state_file, write_state

SAVE_EVERY_S = 240.0
SAMPLE_EVERY_S = 600.0
FREE_TO_CHANGE = ("minutes", "steps", "compile")  # of a plan, between the slices of one run

Sample = Callable[[], Iterator[str]]
Clock = Callable[[], float]  # seconds


class NumberedBatches(Protocol):
    """As `source.Batches`."""

    def from_number(self, first: int, uses: int) -> Generator[Tensors]: ...


class Trainer:
    """One run in one folder: `state.pt` to resume from, and `log.jsonl`.

    Raises PlanChanged or StateDamaged for a `state.pt` that it cannot go on from.
    """

    def __init__(
        self,
        objective: Objective,
        batches: NumberedBatches,
        plan: Plan,
        folder: Path,
        sample: Sample = lambda: iter(()),
        *,
        clock: Clock = time.monotonic,
    ) -> None:
        self.model, self.objective = objective.model, objective
        self._batches, self._plan = batches, plan
        self._folder, self._sample, self._now = folder, sample, clock
        self._optimizers = optimizers_for(self.model, plan, mixed=objective.mixed)
        self._trained = weights.trained(self.model)
        self.average = Average(self.model)
        self._rates = [group["lr"] for o in self._optimizers for group in o.param_groups]
        self._step, self._spent_s = 0, 0.0
        self._stop = False
        self._resume()

    @property
    def done(self) -> float:
        """The share of the budget that is spent, at most 1: the last step may end after it."""
        return min(1.0, self._spent / self._budget)

    @property
    def unit(self) -> Unit:
        """Of the budget."""
        return "min" if self._plan.steps is None else "steps"

    @property
    def _spent(self) -> float:
        return self._spent_s / 60 if self._plan.steps is None else self._step

    @property
    def _budget(self) -> float:
        return self._plan.minutes if self._plan.steps is None else self._plan.steps

    def run(self, slice_minutes: float) -> None:
        """Train until the slice or the budget ends, or SIGTERM or SIGINT comes; then save.

        Every slice takes at least one step, but where the budget is spent already.
        """
        if self.done < 1:
            with self._stopping_on_signals():
                self._run(slice_minutes)

    @contextmanager
    def _stopping_on_signals(self) -> Iterator[None]:
        """A first signal ends the slice after its step, a second one at once, without a save; the
        handlers from before come back.
        """
        names = (signal.SIGTERM, signal.SIGINT)
        before = {name: signal.signal(name, self._ask_to_stop) for name in names}
        try:
            yield
        finally:
            for name, handler in before.items():
                signal.signal(name, handler)

    def _run(self, slice_minutes: float) -> None:
        began = saved = last = sampled = self._now()
        self._folder.mkdir(parents=True, exist_ok=True)
        progress = Progress(self._folder / "log.jsonl", self._budget, self._spent, self.unit)
        for ids, canvas in self._upcoming():
            losses = self._train_on(ids, canvas)
            now = self._now()
            self._spent_s, last = self._spent_s + min(now - last, 60.0), now
            read = self._read(ids, canvas)
            progress.add(losses, read, self._spent)
            ends = self._stop or self.done >= 1 or now - began > 60 * slice_minutes
            if ends or progress.is_due(self._step):
                progress.log(self._line(read))
            if ends or now - sampled > SAMPLE_EVERY_S:
                self._show_samples(progress)
                sampled = last = self._now()
            if now - saved > SAVE_EVERY_S:
                self._save_on_the_way(progress)
                saved = now
            if ends:
                break
        progress.close()
        self.save()

    def _upcoming(self) -> Iterator[Tensors]:
        """A batch for each step from now on, as its phase uses them."""
        while True:
            uses = self._plan.uses(self.done)
            with closing(self._batches.from_number(self._step, uses)) as batches:
                while self._plan.uses(self.done) == uses:
                    yield next(batches)

    def _read(self, ids: Tensor, canvas: CanvasTensors) -> int:
        """Tokens of a step: its prompts', or its canvases' where prompts teach nothing."""
        return (ids if self._plan.encoder_weight else canvas.targets).numel()

    def _save_on_the_way(self, progress: Progress) -> None:
        """Somebody may make room on the disk before the slice ends."""
        try:
            self.save()
        except CannotWrite as error:
            progress.say(f"not saved: {error}; training goes on, and saves again in minutes")

    def _show_samples(self, progress: Progress) -> None:
        """Of the averaged weights, which are the ones that are exported."""
        with self.average.in_place():
            for line in self._sample():
                progress.say(line)

    def _train_on(self, ids: Tensor, canvas: CanvasTensors) -> dict[str, float]:
        self._set_rates(self._plan.rate(self.done))
        phase = self._plan.phase(self.done)
        if phase == "distil" and not self.objective.has_teacher:
            with self.average.in_place():
                self.objective.keep_teacher()
        total, parts = self.objective.loss(phase, self._step, ids, canvas)
        total.backward()
        torch.nn.utils.clip_grad_norm_(self._trained.values(), 1.0)
        for optimizer in self._optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        self.average.update()
        self._step += 1
        return parts

    def _set_rates(self, factor: float) -> None:
        groups = [group for o in self._optimizers for group in o.param_groups]
        for group, rate in zip(groups, self._rates, strict=True):
            group["lr"] = rate * factor

    def _ask_to_stop(self, *_: Any) -> None:
        if self._stop:
            raise KeyboardInterrupt
        self._stop = True
        with suppress(OSError):  # a full disk: the run is to be saved
            print(
                "stopping after this step; once more to stop at once", file=sys.stderr, flush=True
            )

    def _line(self, tokens: int) -> dict[str, float]:
        """Where the run is, after steps of `tokens` each."""
        return {
            "step": self._step, "minutes": round(self._spent_s / 60, 2),
            "done": round(self.done, 4), "tokens": self._step * tokens,
        }  # fmt: skip

    def save(self) -> None:
        write_state(
            self._folder,
            {
                "model": {name: weight.detach() for name, weight in self._trained.items()},
                "optimizers": [optimizer.state_dict() for optimizer in self._optimizers],
                "average": self.average.state_dict(),
                "teacher": self.objective.teacher_state(),
                "plan": asdict(self._plan),
                "step": self._step,
                "spent_s": self._spent_s,
            },
        )

    def _resume(self) -> None:
        state = read_state(self._folder)
        if state is None:
            return
        self._check_plan(state["plan"])
        try:
            weights.put(self._trained, state["model"])
            self.average.load_state_dict(state["average"])
            for optimizer, saved in zip(self._optimizers, state["optimizers"], strict=True):
                optimizer.load_state_dict(saved)
            if state["teacher"] is not None:
                self.objective.keep_teacher(state["teacher"])
        except Exception as error:  # torch says it in as many ways as there are
            path = state_file(self._folder)
            raise StateDamaged(f"{path} is of another model or vocabulary; {ADVICE}") from error
        self._step, self._spent_s = state["step"], state["spent_s"]

    def _check_plan(self, begun: dict[str, Any]) -> None:
        """Another seed or batch would silently be another run over the same weights."""
        for name, value in asdict(self._plan).items():
            before = begun.get(name, value)  # a field of later than the run changes nothing
            if name not in FREE_TO_CHANGE and before != value:
                raise PlanChanged(
                    f"{self._folder} was begun with {name} {before}, not {value}; "
                    "give that, or another --out"
                )

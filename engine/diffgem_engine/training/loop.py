"""The training loop: bounded by time, stopped and resumed at will."""

import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from attrs import asdict, frozen
from torch import Tensor
from transformers import DiffusionGemmaForBlockDiffusion

from diffgem_engine.canvas import InfillFormat
from diffgem_engine.tokenizer import CodeTokenizer
from diffgem_engine.training import examples
from diffgem_engine.training.corpus import Document
from diffgem_engine.training.errors import PlanChanged, StateDamaged
from diffgem_engine.training.lean import LeanForward
from diffgem_engine.training.loss import CanvasTensors, encoder_only, joint
from diffgem_engine.training.muon import Muon
from diffgem_engine.training.noise import corrupt
from diffgem_engine.training.progress import Progress
from diffgem_engine.training.state import ADVICE, read_state, state_file, write_state

SAVE_EVERY_S = 240.0
FREE_TO_CHANGE = ("minutes", "compile")  # of a plan, between the slices of one run


@frozen
class Plan:
    """What a run does; `minutes` is the whole budget, over all its slices."""

    minutes: float
    rows: int = 6
    length: int = 768
    matrix_rate: float = 0.024  # Muon's
    vector_rate: float = 6e-3  # AdamW's: embeddings, norms, the expert
    encoder_weight: float = 0.5
    encoder_first: float = 0.25  # share of the budget on the autoregressive loss alone
    warmup: float = 0.01
    decay: float = 0.35  # the last share of the budget, linear to almost zero
    condition: float = 0.5  # share of steps with self-conditioning
    seed: int = 0
    compile: bool = True

    def rate(self, done: float) -> float:
        """The learning rate's factor after a share `done` of the budget."""
        if done < self.warmup:
            return max(0.02, done / self.warmup)
        return max(0.02, min(1.0, (1.0 - done) / self.decay))


class BatchSource:
    """Batch number n is the same in every run: a killed run resumes with the next one."""

    def __init__(
        self, documents: list[Document], tokenizer: CodeTokenizer, form: InfillFormat, plan: Plan
    ) -> None:
        self._texts = [document.text for document in documents]
        sizes = np.array([len(text) for text in self._texts], dtype=np.float64)
        self._edges = np.cumsum(sizes) / sizes.sum()
        self._builder = examples.RowBuilder(tokenizer, form, plan.length)
        self._form, self._plan = form, plan

    def batch(self, number: int) -> tuple[Tensor, CanvasTensors]:
        rng = np.random.default_rng((self._plan.seed, number))
        picks = np.searchsorted(self._edges[:-1], rng.random(self._plan.rows))
        rows = [self._builder.build(self._texts[int(i)], rng) for i in picks]
        batch = examples.collate(rows, self._form, self._plan.length)
        noisy = corrupt(batch.targets, batch.pinned, batch.group, self._form, rng)
        arrays = (
            noisy, batch.targets, batch.weights, batch.pinned,
            batch.visible, batch.positions, batch.group,
        )  # fmt: skip
        return torch.from_numpy(batch.ids), CanvasTensors(*map(torch.from_numpy, arrays))

    def from_number(self, first: int) -> Iterator[tuple[Tensor, CanvasTensors]]:
        """Batches from `first` on, each built while the one before it trains."""
        with ThreadPoolExecutor(1) as pool:
            following = pool.submit(self.batch, first)
            while True:
                ready, first = following.result(), first + 1
                following = pool.submit(self.batch, first)
                yield ready


def _optimizers(model: torch.nn.Module, plan: Plan) -> list[torch.optim.Optimizer]:
    matrices: list[torch.nn.Parameter] = []
    vectors: list[torch.nn.Parameter] = []
    for name, weight in model.named_parameters():
        if "vision" in name:
            continue
        is_matrix = weight.ndim == 2 and min(weight.shape) > 1 and "embed_tokens" not in name
        (matrices if is_matrix else vectors).append(weight)
    return [
        Muon(matrices, lr=plan.matrix_rate, weight_decay=0.1),
        torch.optim.AdamW(vectors, lr=plan.vector_rate, betas=(0.9, 0.95), weight_decay=0.0),
    ]


class Trainer:
    """One run in one folder: `state.pt` to resume from, and `log.jsonl`.

    Raises PlanChanged or StateDamaged for a `state.pt` that it cannot go on from.
    """

    def __init__(
        self, model: DiffusionGemmaForBlockDiffusion, source: BatchSource, plan: Plan, folder: Path
    ) -> None:
        self.model, self._source, self._plan, self._folder = model, source, plan, folder
        lean = LeanForward(model)
        wrap = torch.compile if plan.compile else lambda function, **_: function
        self._encoder_only = wrap(lambda ids: encoder_only(lean, ids), dynamic=False)
        self._joint = {
            flag: wrap(lambda ids, canvas, flag=flag: joint(lean, ids, canvas, flag), dynamic=False)
            for flag in (False, True)
        }
        self._optimizers = _optimizers(model, plan)
        self._rates = [group["lr"] for o in self._optimizers for group in o.param_groups]
        self._step, self._spent_s = 0, 0.0
        self._stop = False
        self._resume()

    @property
    def done(self) -> float:
        """The share of the budget that is spent, at most 1: the last step may end after it."""
        return min(1.0, self._spent_s / (60 * self._plan.minutes))

    def run(self, slice_minutes: float) -> None:
        """Train until the slice or the budget ends, or SIGTERM or SIGINT comes; then save.

        Every slice takes at least one step, but where the budget is spent already.
        """
        if self.done < 1:
            with self._stopping_on_signals():
                self._run(slice_minutes)

    @contextmanager
    def _stopping_on_signals(self) -> Iterator[None]:
        """A first signal ends the slice after its step; the handlers from before come back."""
        names = (signal.SIGTERM, signal.SIGINT)
        before = {name: signal.signal(name, self._ask_to_stop) for name in names}
        try:
            yield
        finally:
            for name, handler in before.items():
                signal.signal(name, handler)

    def _run(self, slice_minutes: float) -> None:
        began = saved = last = time.monotonic()
        self._folder.mkdir(parents=True, exist_ok=True)
        progress = Progress(self._folder / "log.jsonl")
        for ids, canvas in self._source.from_number(self._step):
            progress.add(self._train_on(ids, canvas))
            now = time.monotonic()
            self._spent_s, last = self._spent_s + min(now - last, 60.0), now
            ends = self._stop or self.done >= 1 or now - began > 60 * slice_minutes
            if ends or progress.is_due(self._step):
                progress.log(self._line(ids.numel()))
            if now - saved > SAVE_EVERY_S:
                self.save()
                saved = now
            if ends:
                break
        self.save()

    def _train_on(self, ids: Tensor, canvas: CanvasTensors) -> dict[str, float]:
        done, plan = self.done, self._plan
        self._set_rates(plan.rate(done))
        if done < plan.encoder_first:
            total = self._encoder_only(ids)
            parts = {"encoder": float(total.detach())}
        else:
            flag = bool(np.random.default_rng((1, self._step)).random() < plan.condition)
            encoder, denoising = self._joint[flag](ids, canvas)
            total = plan.encoder_weight * encoder + denoising
            parts = {"encoder": float(encoder.detach()), "canvas": float(denoising.detach())}
        total.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimizer in self._optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        self._step += 1
        return parts

    def _set_rates(self, factor: float) -> None:
        groups = [group for o in self._optimizers for group in o.param_groups]
        for group, rate in zip(groups, self._rates, strict=True):
            group["lr"] = rate * factor

    def _ask_to_stop(self, *_: Any) -> None:
        self._stop = True

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
                "model": self.model.state_dict(),
                "optimizers": [optimizer.state_dict() for optimizer in self._optimizers],
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
            self.model.load_state_dict(state["model"])
            for optimizer, saved in zip(self._optimizers, state["optimizers"], strict=True):
                optimizer.load_state_dict(saved)
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

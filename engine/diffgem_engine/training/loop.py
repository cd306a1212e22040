"""The training loop: bounded by time, stopped and resumed at will."""

import json
import signal
import statistics
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
from diffgem_engine.training.lean import LeanForward
from diffgem_engine.training.loss import CanvasTensors, encoder_only, joint
from diffgem_engine.training.muon import Muon
from diffgem_engine.training.noise import corrupt

SAVE_EVERY_S = 240.0
LOG_EVERY_STEPS = 20
FREE_TO_CHANGE = ("minutes", "compile")  # of a plan, between the slices of one run


class PlanChanged(Exception):
    """A run was resumed with another plan than the one it was begun with."""


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


def _mean(losses: list[dict[str, float]]) -> dict[str, float]:
    """Of each loss, over the steps that had it."""
    names = {name for each in losses for name in each}
    return {
        name: statistics.fmean(each[name] for each in losses if name in each)
        for name in sorted(names)
    }


class Trainer:
    """One run in one folder: `state.pt` to resume from, `log.jsonl`, `model/` to use."""

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
        return self._spent_s / (60 * self._plan.minutes)

    def run(self, slice_minutes: float) -> None:
        """Train until the slice or the budget ends, or SIGTERM or SIGINT comes; then save."""
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
        recent: list[dict[str, float]] = []
        for ids, canvas in self._source.from_number(self._step):
            recent.append(self._train_on(ids, canvas))
            now = time.monotonic()
            self._spent_s, last = self._spent_s + min(now - last, 60.0), now
            if self._step % LOG_EVERY_STEPS == 0:
                self._log(_mean(recent), ids.numel())
                recent.clear()
            if now - saved > SAVE_EVERY_S:
                self.save()
                saved = now
            if self._stop or self.done >= 1 or now - began > 60 * slice_minutes:
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

    def _log(self, losses: dict[str, float], tokens: int) -> None:
        line: dict[str, float] = {
            "step": self._step, "minutes": round(self._spent_s / 60, 2),
            "done": round(self.done, 4), "tokens": self._step * tokens,
        }  # fmt: skip
        line.update({name: round(value, 4) for name, value in losses.items()})
        with (self._folder / "log.jsonl").open("a") as log:
            log.write(json.dumps(line) + "\n")
        print(" ".join(f"{name} {value}" for name, value in line.items()), flush=True)

    def save(self) -> None:
        """Write the state, atomically: a kill while writing leaves the one before."""
        state = {
            "model": self.model.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self._optimizers],
            "plan": asdict(self._plan),
            "step": self._step,
            "spent_s": self._spent_s,
        }
        partial = self._folder / "state.partial"
        torch.save(state, partial)
        partial.replace(self._folder / "state.pt")

    def _resume(self) -> None:
        path = self._folder / "state.pt"
        if not path.exists():
            return
        state = torch.load(path, weights_only=True)
        self._check_plan(state["plan"])
        self.model.load_state_dict(state["model"])
        for optimizer, saved in zip(self._optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        self._step, self._spent_s = state["step"], state["spent_s"]

    def _check_plan(self, begun: dict[str, Any]) -> None:
        """Another seed or batch would silently be another run over the same weights."""
        for name, value in asdict(self._plan).items():
            if name not in FREE_TO_CHANGE and begun[name] != value:
                raise PlanChanged(
                    f"{self._folder} was begun with {name} {begun[name]}, not {value}; "
                    f"give that, or another --out"
                )

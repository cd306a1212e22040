"""The loss of a batch in each phase of a run."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import DiffusionGemmaForBlockDiffusion

from diffgem_engine.formats.native import InfillFormat
from diffgem_engine.training import weights
from diffgem_engine.training.device import multiplies_bfloat16
from diffgem_engine.training.passes.forward import forward_for
from diffgem_engine.training.passes.lean import LeanForward
from diffgem_engine.training.passes.loss import CanvasTensors, Losses, encoder_only, joint
from diffgem_engine.training.plan import Phase, Plan
from diffgem_engine.training.teacher import Teacher

OWN_TEXT = 0.7  # share of the last phase's steps whose targets the teacher wrote


class Objective:
    """Losses of one model; holds the teacher of the last phase.

    They are `compiled` where the plan says so, but for transformers' own modules on a CPU: those
    take longer to compile there than most runs have.
    `mixed` has products in bfloat16 over weights as they are: by default where the device
    multiplies it.
    """

    def __init__(
        self,
        model: DiffusionGemmaForBlockDiffusion,
        form: InfillFormat,
        plan: Plan,
        *,
        mixed: bool | None = None,
    ) -> None:
        self.model = model
        self._plan = plan
        self._trained = weights.trained(model)
        self._teacher: weights.Values | None = None
        self._said: tuple[int, Tensor] | None = None  # the teacher wrote it, for a lesson
        forward = forward_for(model)
        self._teaching = Teacher(forward, form)
        self.device = forward.embedding.device
        self.mixed = multiplies_bfloat16(self.device) if mixed is None else mixed
        pays = isinstance(forward, LeanForward) or self.device.type == "cuda"
        self.compiled = plan.compile and pays
        wrap: Callable[..., Any] = torch.compile if self.compiled else _as_it_is
        pad, mark = form.ids.pad, form.mark
        self._encoder_only = wrap(lambda ids: encoder_only(forward, ids, pad), dynamic=False)
        self._joint: dict[bool, Callable[[Tensor, CanvasTensors], Losses]] = {
            flag: wrap(
                lambda ids, canvas, flag=flag: joint(
                    forward, ids, canvas, flag, pad=pad, mark=mark
                ),
                dynamic=False,
            )
            for flag in (False, True)
        }

    def loss(
        self, phase: Phase, step: int, ids: Tensor, canvas: CanvasTensors
    ) -> tuple[Tensor, dict[str, float]]:
        """What to minimize, and its parts in nats a token."""
        ids = ids.to(self.device)
        canvas = CanvasTensors(*(each.to(self.device) for each in canvas))
        # Without autocast's cache: a product without gradients would leave it a copy without any.
        with torch.autocast(
            self.device.type, torch.bfloat16, enabled=self.mixed, cache_enabled=False
        ):
            return self._loss(phase, step, ids, canvas)

    def _loss(
        self, phase: Phase, step: int, ids: Tensor, canvas: CanvasTensors
    ) -> tuple[Tensor, dict[str, float]]:
        if phase == "encoder":
            total: Tensor = self._encoder_only(ids)
            return total, {"encoder": float(total.detach())}
        flag = bool(_draw(1, step) < self._plan.condition)
        lesson = step - step % self._plan.lesson
        if phase == "distil" and _draw(2, lesson) < OWN_TEXT:
            canvas = self._retold(ids, canvas, lesson)
        encoder, denoising = self._joint[flag](ids, canvas)
        total = self._plan.encoder_weight * encoder + denoising
        parts = {"canvas": float(denoising.detach())}
        if self._plan.encoder_weight:
            parts["encoder"] = float(encoder.detach())
        return total, parts

    def _retold(self, ids: Tensor, canvas: CanvasTensors, lesson: int) -> CanvasTensors:
        """The canvases with the teacher's text where the corpus' stood, under the same noise."""
        if self._said is None or self._said[0] != lesson:
            self._said = lesson, self._tell(ids, canvas, lesson)
        said = self._said[1]
        unseen = canvas.noisy == canvas.targets
        return canvas._replace(targets=said, noisy=torch.where(unseen, said, canvas.noisy))

    def _tell(self, ids: Tensor, canvas: CanvasTensors, seed: int) -> Tensor:
        if self._teacher is None:
            raise RuntimeError("the last phase began without a teacher")
        with weights.in_place(self._trained, self._teacher):
            return self._teaching.fill(ids, canvas, seed)

    @property
    def has_teacher(self) -> bool:
        return self._teacher is not None

    def keep_teacher(self, values: weights.Values | None = None) -> None:
        """From now on the teacher has these weights, or those of the model as it is."""
        self._said = None
        self._teacher = weights.copied(self._trained)
        if values is not None:
            weights.put(self._teacher, values)

    def teacher_state(self) -> weights.Values | None:
        return self._teacher


def _draw(stream: int, step: int) -> float:
    return float(np.random.default_rng((stream, step)).random())


def _as_it_is(function: Callable[..., Any], **_: Any) -> Callable[..., Any]:
    return function

"""The loss of a batch in each phase of a run."""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import DiffusionGemmaForBlockDiffusion

from diffgem_engine.canvas import InfillFormat
from diffgem_engine.training.lean import LeanForward
from diffgem_engine.training.loss import CanvasTensors, Losses, encoder_only, joint
from diffgem_engine.training.plan import Phase, Plan
from diffgem_engine.training.teacher import Teacher

OWN_TEXT = 0.7  # share of the last phase's steps whose targets the teacher wrote


class Objective:
    """Losses of one model, compiled where the plan says so; holds the teacher of the last phase."""

    def __init__(
        self, model: DiffusionGemmaForBlockDiffusion, form: InfillFormat, plan: Plan
    ) -> None:
        self.model = model
        self._form, self._plan = form, plan
        self._teacher: DiffusionGemmaForBlockDiffusion | None = None
        lean = LeanForward(model)
        wrap: Callable[..., Any] = torch.compile if plan.compile else _as_it_is
        self._encoder_only = wrap(lambda ids: encoder_only(lean, ids), dynamic=False)
        self._joint: dict[bool, Callable[[Tensor, CanvasTensors], Losses]] = {
            flag: wrap(lambda ids, canvas, flag=flag: joint(lean, ids, canvas, flag), dynamic=False)
            for flag in (False, True)
        }

    def loss(
        self, phase: Phase, step: int, ids: Tensor, canvas: CanvasTensors
    ) -> tuple[Tensor, dict[str, float]]:
        """What to minimize, and its parts in nats a token."""
        if phase == "encoder":
            total: Tensor = self._encoder_only(ids)
            return total, {"encoder": float(total.detach())}
        rng = np.random.default_rng((1, step))
        flag = bool(rng.random() < self._plan.condition)
        if phase == "distil" and rng.random() < OWN_TEXT:
            canvas = self._retold(ids, canvas)
        encoder, denoising = self._joint[flag](ids, canvas)
        total = self._plan.encoder_weight * encoder + denoising
        return total, {"encoder": float(encoder.detach()), "canvas": float(denoising.detach())}

    def _retold(self, ids: Tensor, canvas: CanvasTensors) -> CanvasTensors:
        """The canvases with the teacher's text where the corpus' stood, under the same noise."""
        if self._teacher is None:
            raise RuntimeError("the last phase began without a teacher")
        said = Teacher(LeanForward(self._teacher), self._form).fill(ids, canvas)
        unseen = canvas.noisy == canvas.targets
        return canvas._replace(targets=said, noisy=torch.where(unseen, said, canvas.noisy))

    @property
    def has_teacher(self) -> bool:
        return self._teacher is not None

    def keep_teacher(self, weights: dict[str, Tensor] | None = None) -> None:
        """From now on the teacher has these weights, or those of the model as it is."""
        self._teacher = copy.deepcopy(self.model).requires_grad_(False)
        if weights is not None:
            self._teacher.load_state_dict(weights)

    def teacher_state(self) -> dict[str, Tensor] | None:
        return None if self._teacher is None else self._teacher.state_dict()


def _as_it_is(function: Callable[..., Any], **_: Any) -> Callable[..., Any]:
    return function

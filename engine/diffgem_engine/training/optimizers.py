"""Which weights a run trains, and how."""

import torch

from diffgem_engine.training.muon import Muon
from diffgem_engine.training.plan import Plan

BETAS = (0.9, 0.95)
MUON_DECAY, ADAMW_DECAY = 0.1, 0.01


def optimizers_for(
    model: torch.nn.Module, plan: Plan, *, mixed: bool = False
) -> list[torch.optim.Optimizer]:
    """Those of the plan's choice, for all that has gradients but the vision tower: no text reaches
    it.  `mixed` is the objective's.
    """
    named = [
        (name, weight)
        for name, weight in model.named_parameters()
        if weight.requires_grad and "vision" not in name
    ]
    return _adamw(named, plan) if plan.optimizer == "adamw" else _muon(named, plan, mixed)


Named = list[tuple[str, torch.nn.Parameter]]


def _muon(named: Named, plan: Plan, mixed: bool) -> list[torch.optim.Optimizer]:
    """Muon for matrices; AdamW for embeddings, norms and the experts' stacks."""
    matrices: list[torch.nn.Parameter] = []
    vectors: list[torch.nn.Parameter] = []
    for name, weight in named:
        is_matrix = weight.ndim == 2 and min(weight.shape) > 1 and "embed_tokens" not in name
        (matrices if is_matrix else vectors).append(weight)
    return [
        Muon(
            matrices,
            lr=plan.matrix_rate,
            weight_decay=MUON_DECAY,
            products=torch.bfloat16 if mixed else torch.float32,
        ),
        torch.optim.AdamW(vectors, lr=plan.vector_rate, betas=BETAS, weight_decay=0.0),
    ]


def _adamw(named: Named, plan: Plan) -> list[torch.optim.Optimizer]:
    """One for all; norms, embeddings and adapters do not decay."""
    decaying: list[torch.nn.Parameter] = []
    others: list[torch.nn.Parameter] = []
    for name, weight in named:
        stays = weight.ndim < 2 or "embed_tokens" in name or "lora_" in name
        (others if stays else decaying).append(weight)
    groups = [
        {"params": params, "weight_decay": decay}
        for params, decay in ((decaying, ADAMW_DECAY), (others, 0.0))
        if params
    ]
    return [torch.optim.AdamW(groups, lr=plan.vector_rate, betas=BETAS)]

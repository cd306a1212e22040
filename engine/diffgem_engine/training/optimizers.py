"""Which weights a run trains, and how."""

import torch

from diffgem_engine.training.muon import Muon
from diffgem_engine.training.plan import Plan


def optimizers_for(model: torch.nn.Module, plan: Plan) -> list[torch.optim.Optimizer]:
    """Muon for matrices; AdamW for embeddings, norms and the experts' stacks.

    The vision tower stays as it is: no text reaches it.
    """
    matrices: list[torch.nn.Parameter] = []
    vectors: list[torch.nn.Parameter] = []
    for name, weight in model.named_parameters():
        if "vision" in name or not weight.requires_grad:
            continue
        is_matrix = weight.ndim == 2 and min(weight.shape) > 1 and "embed_tokens" not in name
        (matrices if is_matrix else vectors).append(weight)
    return [
        Muon(matrices, lr=plan.matrix_rate, weight_decay=0.1),
        torch.optim.AdamW(vectors, lr=plan.vector_rate, betas=(0.9, 0.95), weight_decay=0.0),
    ]

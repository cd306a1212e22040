"""A new small model, with a vocabulary of its own corpus."""

from pathlib import Path
from typing import Any

import torch
from transformers import DiffusionGemmaForBlockDiffusion

from diffgem_engine.core.sampler import SamplingParams
from diffgem_engine.formats.native import InfillFormat
from diffgem_engine.training.architecture import Size, initialize, scaled, small_config
from diffgem_engine.training.code import CodeTask
from diffgem_engine.training.plan import Plan
from diffgem_engine.training.prepare import prepare
from diffgem_engine.training.recipe import Recipe
from diffgem_engine.training.setup import Setup

PROMPT_TOKENS, SUFFIX_TOKENS, HEAD_TOKENS = 768, 192, 10
DRAFT_BONUS, DRAFT_ENOUGH = 5.0, -14.0  # nats
SAMPLING = SamplingParams(  # what was best for the embedded model; see TRAINING.md
    steps=24, temperature_start=0.4, temperature_end=0.35, entropy_bound=0.02
)


def from_scratch(
    recipe: Recipe, plan: Plan, run: Path, corpus: dict[str, Any], device: torch.device
) -> Setup:
    """`corpus`: the options of `origin.given`.  Raises TrainError, and has saved nothing then."""
    documents, tokenizer = prepare(run, corpus, recipe)
    form = InfillFormat(
        tokenizer.size,
        PROMPT_TOKENS,
        SUFFIX_TOKENS,
        HEAD_TOKENS,
        noise=recipe.noise or "absorbing",
        order="left",
        draft_bonus=DRAFT_BONUS,
        draft_enough=DRAFT_ENOUGH,
    )
    size = scaled(Size(vocab=tokenizer.size), recipe.width, recipe.layers)
    torch.manual_seed(plan.seed)
    model = DiffusionGemmaForBlockDiffusion(small_config(size))
    initialize(model)
    model.to(device)  # type: ignore[arg-type]  # wrapped, it seems to lack `self`
    task = CodeTask(documents, tokenizer, form, SAMPLING)
    return Setup(model, task, form, SAMPLING)

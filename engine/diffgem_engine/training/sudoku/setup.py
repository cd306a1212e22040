"""A new model of Sudoku's own size: every slot sees the whole grid."""

import math
from pathlib import Path
from typing import Any

import torch
from transformers import DiffusionGemmaForBlockDiffusion

from diffgem_engine.checkpoint.tokenizer import RESERVED, CodeTokenizer
from diffgem_engine.core.sampler import SamplingParams
from diffgem_engine.formats.native import InfillFormat
from diffgem_engine.training.architecture import Size, initialize, small_config
from diffgem_engine.training.files import write_text
from diffgem_engine.training.plan import Plan
from diffgem_engine.training.recipe import Recipe, only_for_code, write_recipe
from diffgem_engine.training.setup import Setup
from diffgem_engine.training.sudoku.layout import LINE
from diffgem_engine.training.sudoku.task import SudokuTask
from diffgem_engine.training.vocabulary import learn

BYTES = 256  # and no pair of them: a digit is a token
PROMPT_TOKENS = 8  # the marks take two, and there is no text
HEAD_DIM = 32
# At a temperature of 0.5 too many cells are accepted at once, and contradict one another.  A
# checkpoint's generation config may not say that it stays the same.
SAMPLING = SamplingParams(steps=48, temperature_start=1.0, temperature_end=0.9, entropy_bound=0.02)
# By columns: a pair of a head's dimensions turns once in a line, so that cells of one column agree
# in it, whatever their lines.  No pair turns so by the architecture's own base.
TURNING = 2  # which pair, from 0
ROTARY_BASE = (LINE / (2 * math.pi)) ** (HEAD_DIM / 2 / TURNING)


def for_sudoku(
    recipe: Recipe, plan: Plan, run: Path, corpus: dict[str, Any], device: torch.device
) -> Setup:
    """`corpus`: the options of `origin.given`; there must be none.

    Raises TrainError, and has saved nothing then.
    """
    if corpus:
        raise only_for_code(next(iter(corpus)))
    vocabulary = learn((), RESERVED + BYTES)
    write_recipe(recipe, run)
    write_text(run / "tokenizer.json", vocabulary.to_str(pretty=True))
    tokenizer = CodeTokenizer(vocabulary)
    form = InfillFormat(
        tokenizer.size, PROMPT_TOKENS, suffix_tokens=0, head_tokens=0,
        noise=recipe.noise or "absorbing",
    )  # fmt: skip
    torch.manual_seed(plan.seed)
    model = DiffusionGemmaForBlockDiffusion(small_config(size_of(recipe, tokenizer.size)))
    initialize(model)
    model.to(device)  # type: ignore[arg-type]  # wrapped, it seems to lack `self`
    return Setup(model, SudokuTask(tokenizer, form, SAMPLING), form, SAMPLING)


def size_of(recipe: Recipe, vocab: int) -> Size:
    width, layers = recipe.width or 128, recipe.layers or 4
    return Size(
        vocab=vocab,
        hidden=width,
        layers=layers,
        heads=width // HEAD_DIM,
        kv_heads=width // HEAD_DIM,
        head_dim=HEAD_DIM,
        mlp=3 * width,
        expert=4,
        full_every=layers,
        rotary_base=ROTARY_BASE,
    )

"""One slice of one training run, in one folder: corpus, vocabulary, weights."""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import torch
from transformers import DiffusionGemmaForBlockDiffusion

from diffgem_engine.canvas import InfillFormat
from diffgem_engine.sampler import SamplingParams
from diffgem_engine.training import origin
from diffgem_engine.training.architecture import Size, initialize, small_config
from diffgem_engine.training.corpus import Document
from diffgem_engine.training.errors import TrainError
from diffgem_engine.training.export import save_checkpoint
from diffgem_engine.training.loop import Trainer
from diffgem_engine.training.objective import Objective
from diffgem_engine.training.plan import Plan
from diffgem_engine.training.prepare import prepare
from diffgem_engine.training.samples import Sampler, sample_holes
from diffgem_engine.training.source import Batches, CodeSource
from diffgem_engine.training.state import saved_plan

PROMPT_TOKENS, SUFFIX_TOKENS, HEAD_TOKENS = 768, 192, 10
SAMPLING = SamplingParams(  # what was best for the embedded model; see TRAINING.md
    steps=24, temperature_start=0.4, temperature_end=0.35, entropy_bound=0.02
)
DEFAULT_PLAN = {"minutes": 120.0, "seed": 0}


def train(options: argparse.Namespace) -> int:
    """0 when the slice ran, 2 when there is nothing to train on or another run to go on with."""
    try:
        return _run(options)
    except (TrainError, OSError) as error:
        print(f"diffgem-engine: {error}", file=sys.stderr)
        return 2


def _run(options: argparse.Namespace) -> int:
    folder: Path = options.out
    trainer, form = _trainer(options)
    compiling = "" if options.no_compile else "; the first steps compile, for some minutes"
    print(f"training from {100 * trainer.done:.0f}% of the budget on{compiling} ...", flush=True)
    trainer.run(options.slice)
    with trainer.average.in_place():
        save_checkpoint(trainer.model, form, folder / "tokenizer.json", folder / "model", SAMPLING)
    print(f"{100 * trainer.done:.0f}% of the budget done; checkpoint in {folder / 'model'}")
    return 0


def _trainer(options: argparse.Namespace) -> tuple[Trainer, InfillFormat]:
    plan = _plan(options)
    documents, tokenizer = prepare(options.out, origin.given(options))
    form = InfillFormat(tokenizer.size, PROMPT_TOKENS, SUFFIX_TOKENS, HEAD_TOKENS, order="left")
    torch.manual_seed(plan.seed)
    model = DiffusionGemmaForBlockDiffusion(small_config(Size(vocab=tokenizer.size)))
    initialize(model)
    batches = Batches(CodeSource(documents, tokenizer, form, plan), form, plan.seed)
    sample = _samples(model, documents, Sampler(tokenizer, form, SAMPLING))
    return Trainer(Objective(model, form, plan), batches, plan, options.out, sample), form


def _samples(
    model: DiffusionGemmaForBlockDiffusion, documents: Sequence[Document], sampler: Sampler
) -> Callable[[], Iterator[str]]:
    """Lines of text that show what the model fills into a few holes."""
    holes = sample_holes(documents)

    def lines() -> Iterator[str]:
        for hole in holes:
            line = hole.before.rsplit("\n", 1)[-1].strip()
            filled = sampler.fill(model, hole)
            yield f"  sample: {line}[{filled}]  (was: {hole.expected.strip()})"

    return lines


def _plan(options: argparse.Namespace) -> Plan:
    """What is not given is as it was in the slice before."""
    before = {**DEFAULT_PLAN, **saved_plan(options.out)}
    minutes, seed = (
        before[name] if getattr(options, name) is None else getattr(options, name)
        for name in DEFAULT_PLAN
    )
    return Plan(minutes=minutes, seed=seed, compile=not options.no_compile)

"""One training run in one folder: corpus, vocabulary, weights; what is there is not made again."""

import argparse
import sys
from pathlib import Path

import torch
from transformers import DiffusionGemmaForBlockDiffusion

from diffgem_engine.canvas import InfillFormat
from diffgem_engine.tokenizer import CodeTokenizer
from diffgem_engine.training import corpus, vocabulary
from diffgem_engine.training.architecture import Size, initialize, small_config
from diffgem_engine.training.export import save_checkpoint
from diffgem_engine.training.loop import BatchSource, Plan, PlanChanged, Trainer

VOCABULARY_SAMPLE = 50_000_000  # characters
PROMPT_TOKENS, SUFFIX_TOKENS, HEAD_TOKENS = 768, 192, 10


def train(options: argparse.Namespace) -> int:
    """0 when the slice ran, 2 when there is nothing to train on or another run to go on with."""
    folder: Path = options.out
    if not (folder / "corpus" / "manifest.json").exists():
        missing = [str(source) for source in options.source if not source.is_dir()]
        if missing or not options.source:
            wrong = f"no such folder: {', '.join(missing)}" if missing else "give --source DIR ..."
            print(f"diffgem-engine: {wrong}", file=sys.stderr)
            return 2
        _collect(options)
    tokenizer = _vocabulary(folder, options.vocab)
    form = InfillFormat(tokenizer.size, PROMPT_TOKENS, SUFFIX_TOKENS, HEAD_TOKENS)
    try:
        trainer = _trainer(options, tokenizer, form)
    except PlanChanged as error:
        print(f"diffgem-engine: {error}", file=sys.stderr)
        return 2
    trainer.run(options.slice)
    save_checkpoint(trainer.model, form, folder / "tokenizer.json", folder / "model")
    print(f"{100 * trainer.done:.0f}% of the budget done; checkpoint in {folder / 'model'}")
    return 0


def _collect(options: argparse.Namespace) -> None:
    print("collecting the corpus ...", flush=True)
    found = corpus.collect(options.source, options.hold_out, options.exclude, options.cap)
    found.save(options.out / "corpus")
    print(f"{len(found.train)} files to train on, {len(found.held_out)} held out", flush=True)


def _vocabulary(folder: Path, size: int) -> CodeTokenizer:
    path = folder / "tokenizer.json"
    if not path.exists():
        print("learning the vocabulary ...", flush=True)
        documents = corpus.load_documents(folder / "corpus" / "train.jsonl")
        vocabulary.learn(vocabulary.sample(documents, VOCABULARY_SAMPLE), size).save(str(path))
    return CodeTokenizer.load(path)


def _trainer(options: argparse.Namespace, tokenizer: CodeTokenizer, form: InfillFormat) -> Trainer:
    torch.manual_seed(options.seed)
    model = DiffusionGemmaForBlockDiffusion(small_config(Size(vocab=tokenizer.size)))
    initialize(model)
    plan = Plan(minutes=options.minutes, seed=options.seed, compile=not options.no_compile)
    documents = corpus.load_documents(options.out / "corpus" / "train.jsonl")
    return Trainer(model, BatchSource(documents, tokenizer, form, plan), plan, options.out)

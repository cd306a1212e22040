"""A tiny vocabulary, and a checkpoint around it."""

import random
from functools import cache
from pathlib import Path

from attrs import evolve
from tiny import SIZE, tiny_model

from diffgem_engine.canvas import InfillFormat
from diffgem_engine.sampler import SamplingParams
from diffgem_engine.tokenizer import CodeTokenizer
from diffgem_engine.training.export import save_checkpoint
from diffgem_engine.training.vocabulary import learn

SAMPLING = SamplingParams(steps=6, temperature_start=0.7, confidence=0.01)


def python_files(count):
    """Sources that every machine has: the standard library's."""
    return sorted(Path(random.__file__).parent.glob("*.py"))[:count]


@cache
def _learned():
    texts = [path.read_text(encoding="utf-8") for path in python_files(6)]
    return learn(texts, 400)


def tiny_tokenizer():
    return CodeTokenizer(_learned())


def tiny_form():
    size = tiny_tokenizer().size
    return InfillFormat(vocab=size, prompt_tokens=160, suffix_tokens=40, head_tokens=8)


def write_checkpoint(folder):
    folder.mkdir(parents=True)
    _learned().save(str(folder / "tokenizer.json"))
    form = tiny_form()
    model = tiny_model(evolve(SIZE, vocab=form.vocab))
    save_checkpoint(model, form, folder / "tokenizer.json", folder / "model", SAMPLING)
    return folder / "model"

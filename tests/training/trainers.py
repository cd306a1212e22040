"""Trainers of a tiny model, and runs that a signal ends."""

import signal

import torch
from attrs import evolve
from checkpoints import python_files, tiny_form, tiny_tokenizer
from tiny import SIZE
from transformers import DiffusionGemmaForBlockDiffusion

from diffgem_engine.training.architecture import initialize, small_config
from diffgem_engine.training.corpus.documents import Document
from diffgem_engine.training.loop import Trainer
from diffgem_engine.training.objective import Objective
from diffgem_engine.training.plan import Plan
from diffgem_engine.training.source import Batches, CodeSource

PLAN = Plan(minutes=1e9, rows=2, length=128, encoder_first=0.0, compile=False)
SIZE_HERE = evolve(SIZE, vocab=tiny_form().vocab)


def source(plan=PLAN):
    texts = [path.read_text(encoding="utf-8") for path in python_files(2)]
    documents = [Document("p", str(number), text) for number, text in enumerate(texts)]
    code = CodeSource(documents, tiny_tokenizer(), tiny_form(), plan)
    return Batches(code, tiny_form(), plan.seed)


def trainer(folder, plan=PLAN, batches=None, **more):
    with torch.random.fork_rng():
        torch.manual_seed(1)
        model = DiffusionGemmaForBlockDiffusion(small_config(SIZE_HERE))
        initialize(model)
    objective = Objective(model, tiny_form(), plan, mixed=False)
    return Trainer(objective, batches or source(plan), plan, folder, **more)


def weights(folder):
    state = torch.load(folder / "state.pt", weights_only=True)
    return state["step"], state["model"]


def assert_equal_states(one, two):
    assert one[0] == two[0]
    for name, weight in one[1].items():
        assert torch.equal(weight, two[1][name]), name


class Interrupting:
    """Batches of `source`; the one at place `last` comes with a signal."""

    def __init__(self, number, last):
        self._number, self._last = number, last

    def from_number(self, first, uses):
        for place, batch in enumerate(source().from_number(first, uses)):
            if place == self._last:
                signal.raise_signal(self._number)
            yield batch


def run_of(folder, steps):
    trainer(folder, batches=Interrupting(signal.SIGTERM, last=steps - 1)).run(1e9)

"""Batch number n of a run, always the same: a killed run resumes with the next one."""

from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from diffgem_engine.checkpoint.tokenizer import CodeTokenizer
from diffgem_engine.formats.native import InfillFormat
from diffgem_engine.training.corpus.documents import Document
from diffgem_engine.training.examples.batches import Batch, collate
from diffgem_engine.training.examples.noise import CODE, Corruption, Noisy, corrupt
from diffgem_engine.training.examples.rows import RowBuilder
from diffgem_engine.training.passes.loss import CanvasTensors
from diffgem_engine.training.plan import Plan

NOISE = 1  # its stream of random numbers, beside the source's

Tensors = tuple[Tensor, CanvasTensors]  # the encoder's ids, and the canvases


class Source(Protocol):
    """Clean batches by their number."""

    def batch(self, number: int, rng: np.random.Generator) -> Batch: ...


class CodeSource:
    """Rows cut out of documents, each chosen as often as it is long."""

    def __init__(
        self,
        documents: Sequence[Document],
        tokenizer: CodeTokenizer,
        form: InfillFormat,
        plan: Plan,
    ) -> None:
        self._texts = [document.text for document in documents]
        sizes = np.array([len(text) for text in self._texts], dtype=np.float64)
        self._edges = np.cumsum(sizes) / sizes.sum()
        self._builder = RowBuilder(tokenizer, form, plan.length)
        self._form, self._plan = form, plan

    def batch(self, number: int, rng: np.random.Generator) -> Batch:
        del number  # the draws are its own
        picks = np.searchsorted(self._edges[:-1], rng.random(self._plan.rows))
        rows = [self._builder.build(self._texts[int(i)], rng) for i in picks]
        return collate(rows, self._form, self._plan.length)


class Batches:
    """A source's batches with noise on them, as tensors."""

    def __init__(
        self, source: Source, form: InfillFormat, seed: int, how: Corruption = CODE
    ) -> None:
        self._source, self._form, self._seed, self._how = source, form, seed, how

    def batch(self, number: int, uses: int = 1) -> Tensors:
        """`uses` batches in a row differ in their noise alone."""
        first = number - number % uses
        batch = self._source.batch(first, np.random.default_rng((self._seed, first)))
        rng = np.random.default_rng((self._seed, number, NOISE))
        return tensors(batch, corrupt(batch, self._form, rng, self._how))

    def from_number(self, first: int, uses: int = 1) -> Generator[Tensors]:
        """Batches from `first` on, each built while the one before it trains."""
        with ThreadPoolExecutor(1) as pool:
            following = pool.submit(self.batch, first, uses)
            while True:
                ready, first = following.result(), first + 1
                following = pool.submit(self.batch, first, uses)
                yield ready


def tensors(batch: Batch, noisy: Noisy) -> Tensors:
    arrays = (
        noisy.ids, batch.targets, batch.weights, batch.pinned,
        batch.visible, batch.positions, batch.group, noisy.hidden,
    )  # fmt: skip
    return torch.from_numpy(batch.ids), CanvasTensors(*map(torch.from_numpy, arrays))

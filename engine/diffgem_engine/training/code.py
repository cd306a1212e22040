"""Holes in the code of a corpus: what the embedded model was trained on."""

from collections.abc import Iterator, Sequence

from attrs import frozen
from transformers import DiffusionGemmaForBlockDiffusion

from diffgem_engine.checkpoint.tokenizer import CodeTokenizer
from diffgem_engine.core.sampler import SamplingParams
from diffgem_engine.formats.native import InfillFormat
from diffgem_engine.training.corpus.documents import Document
from diffgem_engine.training.examples.noise import CODE, Corruption
from diffgem_engine.training.plan import Plan
from diffgem_engine.training.samples import Sampler, sample_holes
from diffgem_engine.training.source import CodeSource


@frozen
class CodeTask:
    """Documents, and how they become ids and canvases."""

    documents: Sequence[Document]
    tokenizer: CodeTokenizer
    form: InfillFormat
    sampling: SamplingParams
    corruption: Corruption = CODE

    def source(self, plan: Plan) -> CodeSource:
        return CodeSource(self.documents, self.tokenizer, self.form, plan)

    def samples(self, model: DiffusionGemmaForBlockDiffusion) -> Iterator[str]:
        """What the model fills into a few holes."""
        sampler = Sampler(self.tokenizer, self.form, self.sampling)
        for hole in sample_holes(self.documents):
            line = hole.before.rsplit("\n", 1)[-1].strip()
            filled = sampler.fill(model, hole)
            yield f"  sample: {line}[{filled}]  (was: {hole.expected.strip()})"

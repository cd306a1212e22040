"""What a model fills into a few holes while it trains: a look says more than a loss."""

from collections.abc import Sequence

from attrs import frozen
from transformers import DiffusionGemmaForBlockDiffusion

from diffgem_engine.checkpoint.tokenizer import CodeTokenizer
from diffgem_engine.core.canvas import HoleSlots, build_canvas, read_hole
from diffgem_engine.core.engine import Engine, Events
from diffgem_engine.core.request import InfillIds
from diffgem_engine.core.runner import Runner
from diffgem_engine.core.sampler import SamplingParams
from diffgem_engine.formats.native import InfillFormat, build_prompt
from diffgem_engine.training.corpus.documents import Document

SLOTS = 22
COUNT = 3


@frozen
class SampleHole:
    """A line of a document, without its indent."""

    before: str
    expected: str
    after: str


def sample_holes(documents: Sequence[Document], count: int = COUNT) -> list[SampleHole]:
    """Lines with code on them, of documents that lie far apart; always the same."""
    chosen = documents[:: max(1, len(documents) // count)][:count]
    return [hole for document in chosen if (hole := _hole(document.text)) is not None]


def _hole(text: str) -> SampleHole | None:
    """The first line of at least ten characters in the second half of a text."""
    at = text.find("\n", len(text) // 2) + 1
    for line in text[at:].split("\n"):
        if len(line.strip()) >= 10:
            start = at + len(line) - len(line.lstrip())
            end = at + len(line)
            return SampleHole(text[:start][-3000:], text[start:end], text[end:][:1500])
        at += len(line) + 1
    return None


class Sampler:
    """Fills sample holes with the weights that a model has at the moment."""

    def __init__(
        self, tokenizer: CodeTokenizer, form: InfillFormat, sampling: SamplingParams
    ) -> None:
        self._tokenizer, self._form, self._sampling = tokenizer, form, sampling

    def fill(self, model: DiffusionGemmaForBlockDiffusion, hole: SampleHole) -> str:
        was_training = model.training
        engine = Engine(Runner(model), self._form)
        request = self._request(hole)
        sequence = engine.sequence(request)
        engine.add(sequence, Events(lambda *_: None))
        while not engine.idle:
            engine.step()
        model.train(was_training)
        (slots,) = request.canvas.holes
        middle, _ = read_hole(self._form, [sequence.filled()[i] for i in slots])
        return self._tokenizer.decode(middle)

    def _request(self, hole: SampleHole) -> InfillIds:
        encode = self._tokenizer.encode
        prompt = build_prompt(self._form, encode(hole.before), encode(hole.after))
        canvas = build_canvas(self._form, [HoleSlots(SLOTS)], encode(hole.after))
        return InfillIds(tuple(prompt), canvas, self._sampling, seed=0)

"""Sudoku as a training task."""

from collections.abc import Iterator
from itertools import islice

from attrs import frozen
from transformers import DiffusionGemmaForBlockDiffusion

from diffgem_engine.checkpoint.tokenizer import CodeTokenizer
from diffgem_engine.core.canvas import HoleSlots, PinnedIds, build_canvas
from diffgem_engine.core.engine import Engine, Events
from diffgem_engine.core.request import InfillIds
from diffgem_engine.core.runner import Runner
from diffgem_engine.core.sampler import SamplingParams
from diffgem_engine.core.sequence import Sequence
from diffgem_engine.formats.native import InfillFormat, build_prompt
from diffgem_engine.protocol import Hole
from diffgem_engine.training.examples.noise import Corruption
from diffgem_engine.training.plan import Plan
from diffgem_engine.training.sudoku.layout import as_text, canvas_of
from diffgem_engine.training.sudoku.puzzles import Puzzle, held_out_puzzles
from diffgem_engine.training.sudoku.source import SudokuSource

# The first step sees the givens alone, and what is accepted looks like a given to the next.
CORRUPTION = Corruption(all_noise=0.7, from_the_left=0.0, wrong_tokens=0.0)
SAMPLES, SAMPLE_GIVENS = 16, 40


@frozen
class SudokuTask:
    """Puzzles without end."""

    tokenizer: CodeTokenizer
    form: InfillFormat
    sampling: SamplingParams
    corruption: Corruption = CORRUPTION

    def source(self, plan: Plan) -> SudokuSource:
        return SudokuSource(self.tokenizer, self.form, plan.rows)

    def samples(self, model: DiffusionGemmaForBlockDiffusion) -> Iterator[str]:
        """How many of a few held-out puzzles the model solves."""
        puzzles = list(islice(held_out_puzzles(SAMPLE_GIVENS, seed=0), SAMPLES))
        was_training = model.training
        engine = Engine(Runner(model), self.form)
        sequences = [engine.sequence(self._request(puzzle)) for puzzle in puzzles]
        for sequence in sequences:
            engine.add(sequence, Events(lambda *_: None))
        while not engine.idle:
            engine.step()
        model.train(was_training)
        solved = sum(map(self._is_solved, puzzles, sequences))
        steps = sum(sequence.step for sequence in sequences) / SAMPLES
        yield (
            f"  sample: {solved} of {SAMPLES} held-out puzzles with {SAMPLE_GIVENS} givens solved, "
            f"{steps:.1f} steps a puzzle"
        )

    def _request(self, puzzle: Puzzle) -> InfillIds:
        parts = [
            HoleSlots(part.slots)
            if isinstance(part, Hole)
            else PinnedIds(tuple(self.tokenizer.encode(part.text)))
            for part in canvas_of(puzzle.givens)
        ]
        prompt = build_prompt(self.form, (), ())
        return InfillIds(tuple(prompt), build_canvas(self.form, parts, ()), self.sampling, seed=0)

    def _is_solved(self, puzzle: Puzzle, sequence: Sequence) -> bool:
        return self.tokenizer.decode(sequence.filled()) == as_text(puzzle.solution)

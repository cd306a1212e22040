"""What became of a request, as text."""

from diffgem_engine.backends.candidates import agreed, compete
from diffgem_engine.backends.reviews import reviewed_tokens
from diffgem_engine.checkpoint.loading import Checkpoint
from diffgem_engine.core import canvas
from diffgem_engine.core.sequence import Score, Sequence
from diffgem_engine.protocol import Candidate, Hole, Infill, Progress, Result, Review, Reviewed


class Answers:
    """In the words of one checkpoint."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._tokenizer, self._form = checkpoint.tokenizer, checkpoint.form

    def result(self, request: Infill, sequence: Sequence) -> Result:
        timings = sequence.timings
        return Result(
            id=request.id,
            candidates=self._candidates(request, sequence),
            steps=sequence.steps,
            prompt_tokens=len(sequence.request.prompt),
            prefilled_tokens=sequence.prefilled,
            queue_ms=timings.queue_ms,
            prefill_ms=timings.prefill_ms,
            denoise_ms=timings.denoise_ms,
            score_ms=timings.score_ms,
            ended=_ended(sequence),
        )

    def written(self, sequence: Sequence) -> int:
        """Tokens that the model filled in, of all holes; neither pinned ones nor their ends."""
        return sum(len(self._middle(sequence, hole)) for hole in sequence.canvas.holes)

    def reviewed(self, request: Review, sequence: Sequence) -> Reviewed:
        timings = sequence.timings
        return Reviewed(
            id=request.id,
            tokens=reviewed_tokens(self._tokenizer, sequence),
            prompt_tokens=len(sequence.request.prompt),
            prefilled_tokens=sequence.prefilled,
            queue_ms=timings.queue_ms,
            prefill_ms=timings.prefill_ms,
            denoise_ms=timings.denoise_ms,
        )

    def progress(self, request_id: int, sequence: Sequence) -> Progress:
        filled, laid_out = sequence.filled(), sequence.canvas
        accepted = dict(zip(laid_out.open_slots, sequence.accepted, strict=True))
        states = []
        for slot, token in enumerate(filled):
            if laid_out.pinned[slot]:
                states.append("p")
            else:
                states.append(self._state(token) if accepted[slot] else "n")
        cells = tuple(self._tokenizer.pieces(filled))
        committed = self._tokenizer.decode(list(sequence.committed.ids))
        return Progress(request_id, sequence.steps, cells, "".join(states), committed)

    def _state(self, token: int) -> str:
        """Of an accepted one."""
        if token not in self._form.ends:
            return "a"
        return "x" if token == self._form.pad else "e"

    def _candidates(self, request: Infill, sequence: Sequence) -> tuple[Candidate, ...]:
        """What was filled, and the drafts that compete with it; best first."""
        if request.seeds > 1:
            return agreed([self._filled(request, trial.sequence) for trial in sequence.trials])
        filled = [self._filled(request, sequence)] if sequence.steps else []  # or a draft sufficed
        scores = sequence.scores if filled else sequence.draft_scores
        if not scores:
            return tuple(filled)
        drafts = self._drafts(request, sequence, scores[len(filled) :])
        return compete(filled, drafts, scores, sequence.request.params.draft_bonus)

    def _drafts(
        self, request: Infill, sequence: Sequence, scores: tuple[Score, ...]
    ) -> list[Candidate]:
        """For one hole, as they would fill it."""
        [start] = [segment.starts_with for segment in request.canvas if isinstance(segment, Hole)]
        drafts = zip(sequence.request.drafts, scores, strict=True)
        return [
            Candidate((start + self._tokenizer.decode(ids),), score.confidence, "draft")
            for ids, score in drafts
        ]

    def _filled(self, request: Infill, sequence: Sequence) -> Candidate:
        holes = [segment for segment in request.canvas if isinstance(segment, Hole)]
        texts = [
            hole.starts_with + self._fill(sequence, slots)
            for hole, slots in zip(holes, sequence.canvas.holes, strict=True)
        ]
        written = sequence.request.path == "autoregressive"
        origin = "autoregressive" if written else "denoised"
        return Candidate(tuple(texts), sequence.confidence, origin)

    def _fill(self, sequence: Sequence, hole: range) -> str:
        """What the model wrote into a hole's open slots, of all its canvases, to its end."""
        return self._form.read(self._tokenizer.decode(self._middle(sequence, hole)))

    def _middle(self, sequence: Sequence, hole: range) -> list[int]:
        filled, pinned = sequence.filled(), sequence.canvas.pinned
        before = sequence.committed.ids[sum(sequence.request.canvas.pinned) :]
        middle, _ = canvas.read_hole(self._form, [filled[i] for i in hole if not pinned[i]])
        return [*before, *middle]


def _ended(sequence: Sequence) -> str:
    if sequence.outcome is None:
        raise RuntimeError("a sequence was answered before it ended")
    return sequence.outcome.value

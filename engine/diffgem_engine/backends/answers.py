"""What became of a request, as text."""

from diffgem_engine import canvas
from diffgem_engine.backends.candidates import compete
from diffgem_engine.backends.reviews import reviewed_tokens
from diffgem_engine.checkpoint import Checkpoint
from diffgem_engine.protocol import Candidate, Hole, Infill, Progress, Result, Review, Reviewed
from diffgem_engine.sequence import Sequence

ORIGINS = {"diffusion": "denoised", "autoregressive": "autoregressive"}


class Answers:
    """In the words of one checkpoint."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._tokenizer, self._form = checkpoint.tokenizer, checkpoint.form

    def result(self, request: Infill, sequence: Sequence) -> Result:
        timings = sequence.timings
        return Result(
            id=request.id,
            candidates=self._candidates(request, sequence),
            steps=sequence.step,
            prompt_tokens=len(sequence.request.prompt),
            prefilled_tokens=sequence.prefilled,
            queue_ms=timings.queue_ms,
            prefill_ms=timings.prefill_ms,
            denoise_ms=timings.denoise_ms,
            score_ms=timings.score_ms,
        )

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
        return Progress(request_id, sequence.step, cells, "".join(states))

    def _state(self, token: int) -> str:
        """Of an accepted one."""
        if token not in self._form.ends:
            return "a"
        return "x" if token == self._form.pad else "e"

    def _candidates(self, request: Infill, sequence: Sequence) -> tuple[Candidate, ...]:
        """What was filled, and the drafts that compete with it; best first."""
        filled, laid_out = sequence.filled(), sequence.canvas
        holes = [segment for segment in request.canvas if isinstance(segment, Hole)]
        texts = [
            hole.starts_with + self._fill([filled[i] for i in slots if not laid_out.pinned[i]])
            for hole, slots in zip(holes, laid_out.holes, strict=True)
        ]
        best = Candidate(tuple(texts), sequence.confidence, ORIGINS[request.path])
        if not sequence.scores:
            return (best,)
        drafts = [
            Candidate(
                (holes[0].starts_with + self._tokenizer.decode(ids),), score.confidence, "draft"
            )
            for ids, score in zip(sequence.request.drafts, sequence.scores[1:], strict=True)
        ]
        return compete(best, drafts, sequence.scores, sequence.request.params.draft_bonus)

    def _fill(self, filled: list[int]) -> str:
        """What the model wrote into a hole's open slots, to its end."""
        middle, _ = canvas.read_hole(self._form, filled)
        return self._form.read(self._tokenizer.decode(middle))

"""What a training run does, and in which of its phases it is."""

from typing import Literal

from attrs import frozen

Phase = Literal["encoder", "joint", "distil"]
Optimizer = Literal["muon", "adamw"]


@frozen
class Plan:
    """`minutes`, or `steps` where they are given, are the whole budget, over all slices of a run;
    shares are of it.

    The defaults are those that the embedded model was trained with.
    """

    minutes: float
    rows: int = 6
    length: int = 768
    optimizer: Optimizer = "muon"
    matrix_rate: float = 0.024  # Muon's
    vector_rate: float = 6e-3  # AdamW's: beside Muon of embeddings, norms and experts
    encoder_weight: float = 0.5
    encoder_first: float = 0.25  # share on the autoregressive loss alone
    distil: float = 0.15  # share, the last, on what the model itself writes in many steps
    lesson: int = 4  # steps in a row there on one batch, which takes several steps' time to write
    warmup: float = 0.01
    decay: float = 0.35  # the last share, linear to almost zero
    condition: float = 0.5  # share of steps with self-conditioning
    seed: int = 0
    compile: bool = True
    steps: int | None = None

    def rate(self, done: float) -> float:
        """The learning rate's factor after a share `done` of the budget."""
        if done < self.warmup:
            return max(0.02, done / self.warmup)
        return max(0.02, min(1.0, (1.0 - done) / self.decay))

    def uses(self, done: float) -> int:
        """For how many steps in a row a batch is used, with other noise in each."""
        return self.lesson if self.phase(done) == "distil" else 1

    def phase(self, done: float) -> Phase:
        """Next tokens first, then canvases too, at last what the model itself would write."""
        if done < self.encoder_first:
            return "encoder"
        return "joint" if done < 1.0 - self.distil else "distil"

"""What every measurement is given."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from diffgem_engine.bench.figures import BenchError

if TYPE_CHECKING:
    from diffgem_engine.checkpoint import Checkpoint
    from diffgem_engine.quantization import Quantize


class Setup:
    """Which checkpoint, and how thorough.  The weights are loaded when first asked for."""

    def __init__(
        self, model: str | None = None, quick: bool = False, quantize: "Quantize" = "none"
    ) -> None:
        self.model = model
        self.quick = quick
        self._quantize = quantize

    def count(self, full: int, quick: int) -> int:
        """How often to repeat; `quick` only shows that the measurement works."""
        return quick if self.quick else full

    @cached_property
    def checkpoint(self) -> "Checkpoint":
        """On the CPU in float32, as users of the embedded model run it.  Raises BenchError."""
        return loaded(self.model, self._quantize)

    @property
    def model_options(self) -> tuple[str, ...]:
        """For `diffgem-engine serve`."""
        quantize = ("--quantize", self._quantize)
        if self.model is None:
            return quantize
        folder = Path(self.model).expanduser()
        return (*quantize, "--model", str(folder.absolute()) if folder.is_dir() else self.model)


def loaded(model: str | Path | None, quantize: "Quantize" = "none") -> "Checkpoint":
    """On the CPU, in float32.  Raises BenchError."""
    import torch  # noqa: PLC0415 - takes seconds

    from diffgem_engine import checkpoint  # noqa: PLC0415

    try:
        return checkpoint.load(model, torch.device("cpu"), torch.float32, quantize=quantize)
    except checkpoint.CheckpointError as error:
        raise BenchError(str(error)) from error

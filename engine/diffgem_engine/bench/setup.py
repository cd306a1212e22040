"""What every measurement is given."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from diffgem_engine.bench.figures import BenchError

if TYPE_CHECKING:
    from diffgem_engine.checkpoint import Checkpoint


class Setup:
    """Which checkpoint, and how thorough.  The weights are loaded when first asked for."""

    def __init__(self, model: str | None = None, quick: bool = False) -> None:
        self.model = model
        self.quick = quick

    def count(self, full: int, quick: int) -> int:
        """How often to repeat; `quick` only shows that the measurement works."""
        return quick if self.quick else full

    @cached_property
    def checkpoint(self) -> "Checkpoint":
        """On the CPU in float32, as users of the embedded model run it.  Raises BenchError."""
        import torch  # noqa: PLC0415 - takes seconds

        from diffgem_engine import checkpoint  # noqa: PLC0415

        try:
            return checkpoint.load(self.model, torch.device("cpu"), torch.float32)
        except checkpoint.CheckpointError as error:
            raise BenchError(str(error)) from error

    @property
    def model_options(self) -> tuple[str, ...]:
        """For `diffgem-engine serve`."""
        if self.model is None:
            return ()
        folder = Path(self.model).expanduser()
        return ("--model", str(folder.absolute()) if folder.is_dir() else self.model)

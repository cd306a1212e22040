"""What every measurement is given."""

import time
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import define

from diffgem_engine.bench.figures import BenchError

if TYPE_CHECKING:
    import torch

    from diffgem_engine.bench.published import RandomName
    from diffgem_engine.checkpoint.format_choice import FormatName
    from diffgem_engine.checkpoint.loading import Checkpoint
    from diffgem_engine.core.runner import Runner
    from diffgem_engine.quantized.quantization import Quantize

SLOTS, BATCHES = (64, 256), (1, 4)
CPU_PREFIX, GPU_PREFIX = 256, 1024  # prompt tokens


@define(slots=False)
class Setup:
    """Which weights, where, in which shapes, and how thorough.

    The weights are loaded when first asked for.  Without a `device` they are on a GPU if there is
    one, and without a `dtype` in its usual one: as the engine runs for its users.
    """

    model: str | None = None
    quick: bool = False
    quantize: "Quantize" = "none"
    random: "RandomName | None" = None
    on: "torch.device | None" = None
    dtype: "torch.dtype | None" = None
    form: "FormatName | None" = None
    slots: tuple[int, ...] = SLOTS
    prefixes: tuple[int, ...] = ()  # prompt tokens; none: the device's usual
    batches: tuple[int, ...] = BATCHES
    compiled: bool = False  # have transformers compile its loop on a CPU too

    @property
    def name(self) -> str:
        """Of the weights, as a report has it."""
        return f"random {self.random}" if self.random else self.model or "embedded"

    def count(self, full: int, quick: int) -> int:
        """How often to repeat; `quick` only shows that the measurement works."""
        return quick if self.quick else full

    def rounds(self, full: int, quick: int, most_s: float) -> Iterator[int]:
        """Numbers of so many rounds, of fewer where they take longer than `most_s` seconds."""
        began = time.perf_counter()
        for number in range(self.count(full, quick)):
            if number and time.perf_counter() - began > most_s:
                return
            yield number

    def aim(self, *, gpu: float | None = None, fp8: float | None = None) -> float | None:
        """The bound of a figure on a GPU, of the big weights; `fp8` where that is another one.

        None where the claim is of another device or of other weights.
        """
        if self.device.type != "cuda" or self.random == "tiny" or self.name == "embedded":
            return None
        return gpu if fp8 is None or self.quantize == "none" else fp8

    def cpu_aim(self, bound: float) -> float | None:
        """The bound of a figure of the embedded model on a CPU."""
        return bound if self.device.type == "cpu" and self.name == "embedded" else None

    @property
    def compiles(self) -> bool:
        """Whether transformers is to compile its loop."""
        return self.compiled or self.device.type == "cuda"

    @property
    def about(self) -> dict[str, object]:
        """What is measured, as a report has it."""
        from diffgem_engine.checkpoint.loading import best_dtype  # noqa: PLC0415
        from diffgem_engine.checkpoint.memory import dtype_name  # noqa: PLC0415

        return {
            "model": self.name,
            "device": str(self.device),
            "dtype": dtype_name(self.dtype or best_dtype(self.device)),
            "quantize": self.quantize,
            "quick": self.quick,
        }

    @cached_property
    def device(self) -> "torch.device":
        from diffgem_engine.checkpoint.loading import best_device  # noqa: PLC0415 - brings torch

        return self.on or best_device()

    def check(self) -> None:
        """Raises BenchError for a device that is not there."""
        from diffgem_engine.checkpoint.files import CheckpointError  # noqa: PLC0415
        from diffgem_engine.checkpoint.memory import check_device  # noqa: PLC0415

        try:
            check_device(self.device)
        except CheckpointError as error:
            raise BenchError(str(error)) from error

    @cached_property
    def checkpoint(self) -> "Checkpoint":
        """Raises BenchError."""
        from diffgem_engine.bench.random_weights import random_checkpoint  # noqa: PLC0415
        from diffgem_engine.checkpoint import loading  # noqa: PLC0415

        dtype = self.dtype or loading.best_dtype(self.device)
        try:
            if self.random is not None:
                return random_checkpoint(self.random, self.device, dtype, self.quantize)
            return loading.load(
                self.model, self.device, dtype, quantize=self.quantize, wanted=self.form
            )
        except loading.CheckpointError as error:
            raise BenchError(str(error)) from error

    @cached_property
    def runner(self) -> "Runner":
        """One for all measurements: on a GPU its captured graphs take memory."""
        from diffgem_engine.core.runner import Runner  # noqa: PLC0415

        return Runner(self.checkpoint.model)

    @property
    def prompts(self) -> tuple[int, ...]:
        """Lengths of prompts in tokens; none is longer than the checkpoint reads."""
        usual = CPU_PREFIX if self.device.type == "cpu" else GPU_PREFIX
        longest = self.checkpoint.form.prompt_tokens
        return tuple(dict.fromkeys(min(n, longest) for n in self.prefixes or (usual,)))

    @property
    def engine_options(self) -> tuple[str, ...]:
        """For `diffgem-engine serve`."""
        options = ["--quantize", self.quantize, "--device", str(self.device)]
        if self.dtype is not None:
            options += ["--dtype", str(self.dtype).removeprefix("torch.")]
        if self.form is not None:
            options += ["--format", self.form]
        if self.model is not None:
            folder = Path(self.model).expanduser()
            options += ["--model", str(folder.absolute()) if folder.is_dir() else self.model]
        return tuple(options)


def loaded(model: str | Path | None, quantize: "Quantize" = "none") -> "Checkpoint":
    """On the CPU, in float32.  Raises BenchError."""
    import torch  # noqa: PLC0415 - takes seconds

    from diffgem_engine.checkpoint import loading  # noqa: PLC0415

    try:
        return loading.load(model, torch.device("cpu"), torch.float32, quantize=quantize)
    except loading.CheckpointError as error:
        raise BenchError(str(error)) from error

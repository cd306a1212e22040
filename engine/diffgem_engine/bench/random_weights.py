"""Models of random weights: speed and memory need no trained ones, and the big one no download.

The values are scaled so that hidden states stay of a size and the experts share the work: norms
are one, products keep the size of what they are given (1 / sqrt(inputs)), keys are so small that
attention looks at many positions, and routers have values of size one, so that the experts' scores
differ as those of a trained router do and noise of different tokens chooses different experts.
"""

from zlib import crc32

import torch
from attrs import frozen
from torch import Tensor
from transformers import DiffusionGemmaForBlockDiffusion, DiffusionGemmaGenerationConfig
from transformers.models.diffusion_gemma.generation_diffusion_gemma import EntropyBoundSamplerConfig

from diffgem_engine.bench.published import CONFIGS, RandomName
from diffgem_engine.bench.synthetic import synthetic_format, synthetic_tokenizer
from diffgem_engine.checkpoint.files import Stored
from diffgem_engine.checkpoint.filling import fill
from diffgem_engine.checkpoint.generation_json import sampling_of
from diffgem_engine.checkpoint.loading import Checkpoint
from diffgem_engine.checkpoint.memory import Described, check_device, check_fits
from diffgem_engine.checkpoint.skeleton import first_name
from diffgem_engine.core.text_config import text_config
from diffgem_engine.quantized.quantization import Quantize


def random_checkpoint(
    name: RandomName, device: torch.device, dtype: torch.dtype, quantize: Quantize = "none"
) -> Checkpoint:
    """As one that was loaded, with a tokenizer of bytes; the same weights every time.

    Every weight is drawn on its device; where it is quantized, a few experts at a time.  Raises
    CheckpointError where there is no room for it.
    """
    check_device(device)
    described = Described(f"random weights of {name}", CONFIGS[name])
    drawn = drawn_weights(described.skeleton(dtype, "none"), device, dtype)
    model = described.skeleton(dtype, quantize)
    check_fits(described, model, device, quantize)
    fill(model, drawn, device, described.name)
    model.generation_config = DiffusionGemmaGenerationConfig(
        sampler_config=EntropyBoundSamplerConfig(entropy_bound=0.1),
        bos_token_id=2,
        eos_token_id=1,
        pad_token_id=0,
    )
    form = synthetic_format(text_config(model.config))
    sampling = sampling_of(model.generation_config, form)
    return Checkpoint(
        described.name, model, synthetic_tokenizer(form.vocab), form, sampling, quantize
    )


@frozen
class Drawn:
    """Stands in for a tensor of a checkpoint's file."""

    name: str
    shape: tuple[int, ...]
    device: torch.device
    dtype: torch.dtype

    def read(self) -> Tensor:
        if len(self.shape) == 1:
            value = self.shape[0] ** -0.5 if ".k_norm." in self.name else 1.0
            return torch.full(self.shape, value, dtype=self.dtype, device=self.device)
        if len(self.shape) == 3:
            return self.rows(slice(0, self.shape[0]))
        return self._matrix(self.shape, 0)

    def rows(self, which: slice) -> Tensor:
        """Of some experts; they are the same in whatever pieces they are asked for."""
        experts = range(*which.indices(self.shape[0]))
        return torch.stack([self._matrix(self.shape[1:], expert) for expert in experts])

    def _matrix(self, shape: tuple[int, ...], number: int) -> Tensor:
        seed = crc32(f"{self.name} {number}".encode())
        spread = 1.0 if ".router." in self.name else shape[-1] ** -0.5
        values = torch.empty(shape, dtype=self.dtype, device=self.device)
        generator = torch.Generator(device=self.device).manual_seed(seed)
        return values.normal_(std=spread, generator=generator)


def drawn_weights(
    model: DiffusionGemmaForBlockDiffusion, device: torch.device, dtype: torch.dtype
) -> dict[str, Stored]:
    """What a checkpoint of this skeleton would have stored."""
    found: dict[str, Stored] = {}
    for name, weight in model.state_dict().items():
        first = first_name(model, name)
        found[first] = Drawn(first, tuple(weight.shape), device, dtype)
    return found

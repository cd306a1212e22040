"""Low-rank adapters over a frozen model, by peft.

Encoder and decoder have modules of their own over the same weights, and so do their adapters: the
decoder's are the encoder's.  Router, experts, norms and embeddings stay as they are.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import peft
import torch
from torch import nn
from transformers import DiffusionGemmaForBlockDiffusion

from diffgem_engine.training.files import replacing_folder

ADAPTED = (
    *(f"self_attn.{name}_proj" for name in "qkvo"),
    *(f"mlp.{name}_proj" for name in ("gate", "up", "down")),
)
TARGETS = (
    r"model\.(encoder\.language_model|decoder)\.layers\.\d+\."
    r"(self_attn\.[qkvo]_proj|mlp\.(gate|up|down)_proj)"
)
ALPHA = 2  # times the rank, as is usual


class Adapter:
    """The adapters of one model, which are all of it that is trained."""

    def __init__(self, model: DiffusionGemmaForBlockDiffusion, rank: int, base: str) -> None:
        """Put adapters into `model`, which computes as before; `base` is what they are made for."""
        config = peft.LoraConfig(r=rank, lora_alpha=ALPHA * rank, target_modules=TARGETS)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # peft asks transformers by an old name
            self._peft = peft.get_peft_model(model, config)
        self._peft.peft_config["default"].base_model_name_or_path = base
        self._pairs = [
            (names[0], names[1])
            for layers in zip(
                model.model.encoder.language_model.layers, model.model.decoder.layers, strict=True
            )
            for names in _places(*layers)
        ]
        for (encoder, name), (decoder, _) in self._pairs:
            _share(getattr(decoder, name), getattr(encoder, name))

    @contextmanager
    def merged(self) -> Iterator[None]:
        """Inside, the model is a plain one, with the adapters in its weights."""
        adapted = [getattr(decoder, name) for _, (decoder, name) in self._pairs]
        kept = [module.base_layer.weight.data for module in adapted]
        layers = [module for pair in self._pairs for module in pair]
        wrapped = [getattr(parent, name) for parent, name in layers]
        try:
            for module in adapted:
                _merge(module)
            for (parent, name), module in zip(layers, wrapped, strict=True):
                setattr(parent, name, module.base_layer)
            yield
        finally:
            for (parent, name), module in zip(layers, wrapped, strict=True):
                setattr(parent, name, module)
            for module, weight in zip(adapted, kept, strict=True):
                module.base_layer.weight.data = weight

    def save(self, folder: Path) -> None:
        """The adapters alone, in peft's own format, in place of what `folder` had.

        Raises CannotWrite, as `replacing_folder` does.
        """
        with replacing_folder(folder) as partial:
            self._peft.save_pretrained(str(partial), save_embedding_layers=False)


Place = tuple[nn.Module, str]  # a module's parent, and its name there


def _places(encoder_layer: nn.Module, decoder_layer: nn.Module) -> Iterator[tuple[Place, Place]]:
    """Where one layer has its adapters; full attention has no v_proj."""
    for path in ADAPTED:
        parent, name = path.split(".")
        places = [(getattr(layer, parent), name) for layer in (encoder_layer, decoder_layer)]
        if getattr(places[0][0], name) is not None:
            yield places[0], places[1]


def _share(owner: Any, other: Any) -> None:
    other.lora_A, other.lora_B = owner.lora_A, owner.lora_B


@torch.no_grad()
def _merge(module: Any) -> None:
    """Into a copy: what is added and taken away again in bfloat16 leaves something behind."""
    weight = module.base_layer.weight
    weight.data = (weight.float() + module.get_delta_weight("default").float()).to(weight.dtype)

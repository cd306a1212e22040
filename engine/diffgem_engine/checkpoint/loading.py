"""Load weights safely: safetensors only, never remote code, and refuse what will not fit."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import torch
from attrs import evolve, frozen
from transformers import DiffusionGemmaForBlockDiffusion

from diffgem_engine.checkpoint.estimate import weight_bytes
from diffgem_engine.checkpoint.files import (
    CheckpointError,
    find_shards,
    open_shards,
    read_config,
    read_json,
)
from diffgem_engine.checkpoint.filling import fill
from diffgem_engine.checkpoint.format_choice import Chosen, FormatName, choose
from diffgem_engine.checkpoint.gate_json import read_gate
from diffgem_engine.checkpoint.generation_json import read_generation, sampling_of
from diffgem_engine.checkpoint.infill_json import FORMAT_FILE
from diffgem_engine.checkpoint.locating import embedded_model, locate
from diffgem_engine.checkpoint.memory import (
    Described,
    check_device,
    check_fits,
    dtype_name,
    with_experts,
)
from diffgem_engine.checkpoint.skeleton import count_parameters
from diffgem_engine.checkpoint.tokenizer import CodeTokenizer
from diffgem_engine.core.sampler import SamplingParams
from diffgem_engine.formats.base import Format
from diffgem_engine.formats.native import InfillFormat
from diffgem_engine.load_progress import Tell, silent
from diffgem_engine.protocol import Gate
from diffgem_engine.quantized.quantization import Quantize

NewFormat = Callable[[Path, dict[str, Any]], InfillFormat]  # of a folder and its config

__all__ = ["Checkpoint", "CheckpointError", "embedded_model", "load"]


class Planned(NamedTuple):
    """What is known before any weight is read: the model has none yet."""

    chosen: Chosen
    model: DiffusionGemmaForBlockDiffusion


@frozen
class Checkpoint:
    """A model ready to run, with all that its files say about it."""

    name: str
    model: DiffusionGemmaForBlockDiffusion
    tokenizer: CodeTokenizer
    form: Format
    sampling: SamplingParams
    quantize: Quantize = "none"
    folder: Path | None = None  # of its files, if it has some
    gate: Gate | None = None

    @property
    def nbytes(self) -> int:
        """Of all weights, as they lie on the device."""
        return sum(weight_bytes(self.model).values())

    @property
    def parameters(self) -> int:
        """Of all weights; those of quantized experts count one by one."""
        return count_parameters(self.model)

    @property
    def summary(self) -> str:
        """One line: what was loaded, in which dtype, where, how much memory."""
        weights = self.model.model.decoder.embed_tokens.weight
        return (
            f"loaded {self.name}: {self.parameters / 1e6:.1f}M parameters, "
            f"{dtype_name(weights.dtype)}{with_experts(self.quantize)} on {weights.device}, "
            f"{self.nbytes / 2**20:.0f} MiB, infill format {self.form.name}"
        )


def best_device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def best_dtype(device: torch.device) -> torch.dtype:
    """float32 on a CPU: few have fast bfloat16, and the batching proofs are exact there."""
    return torch.float32 if device.type == "cpu" else torch.bfloat16


def load(
    name: str | Path | None = None,
    device: torch.device | None = None,
    dtype: torch.dtype | None = None,
    new_format: NewFormat | None = None,
    *,
    quantize: Quantize = "none",
    wanted: FormatName | None = None,
    pictures: bool = False,
    tell: Tell = silent,
) -> Checkpoint:
    """The checkpoint in a local folder or under a hub id; the embedded one for None and its name.

    `wanted` overrides the infill format that its files speak of; `new_format` makes up a native
    one for a checkpoint that has none.  Its vision tower is left out, unless `pictures` are wanted.
    `tell` hears how far it is.

    Raises CheckpointError for one that is missing, truncated, foreign, of another layout or too
    large, and for a device that is not there.
    """
    device = device or best_device()
    dtype = dtype or best_dtype(device)
    check_device(device)
    choose_format = partial(_format, new_format, wanted)

    def check(folder: Path, called: str) -> Planned:
        chosen = choose_format(folder, called)
        described = Described(called, read_config(folder, called))
        model = described.skeleton(dtype, quantize, pictures=pictures)
        check_fits(described, model, device, quantize)
        return Planned(chosen, model)

    more = () if new_format is None else ("tokenizer.json",)
    folder = locate(name, check, more, tell)
    label = folder.name if name is None else str(name)
    read = _filled(check(folder, str(folder)), folder, label, device, tell)
    return evolve(read, quantize=quantize)


def _filled(
    planned: Planned, folder: Path, label: str, device: torch.device, tell: Tell
) -> Checkpoint:
    """What was found to be fine, with its weights."""
    chosen, model = planned
    stored = open_shards(find_shards(folder))
    tokenizer = _tokenizer(folder)
    form = chosen(tokenizer, device.type == "cpu")
    _check_vocabulary(folder, tokenizer, form)
    model.generation_config = read_generation(model, folder)
    fill(model, stored, device, folder, tell)
    sampling = sampling_of(model.generation_config, form)
    gate = read_gate(folder)
    return Checkpoint(label, model, tokenizer, form, sampling, folder=folder, gate=gate)


def _format(
    new_format: NewFormat | None, wanted: FormatName | None, folder: Path, name: str
) -> Chosen:
    config = read_config(folder, name)
    if new_format is not None and not (folder / FORMAT_FILE).exists():
        form = new_format(folder, config)
        return lambda *_: form
    return choose(folder, config, name, wanted)


def _tokenizer(folder: Path) -> CodeTokenizer:
    path = folder / "tokenizer.json"
    read_json(path)
    try:
        return CodeTokenizer.load(path)
    except Exception as error:  # the library raises nothing narrower
        raise CheckpointError(f"{path} is no tokenizer ({error}); copy it again") from error


def _check_vocabulary(folder: Path, tokenizer: CodeTokenizer, form: Format) -> None:
    if tokenizer.size != form.vocab:
        raise CheckpointError(
            f"{folder / 'tokenizer.json'} has {tokenizer.size} ids, the weights have {form.vocab}; "
            "copy both from one checkpoint"
        )

"""Load weights safely: safetensors only, never remote code, and refuse what will not fit."""

from collections.abc import Callable, Sequence
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any

import torch
from attrs import frozen
from transformers import DiffusionGemmaForBlockDiffusion

from diffgem_engine import hub
from diffgem_engine.checkpoint_files import (
    CheckpointError,
    count_parameters,
    find_shards,
    first_line,
    read_config,
    read_json,
)
from diffgem_engine.formats.base import Format
from diffgem_engine.formats.choice import Chosen, FormatName, choose
from diffgem_engine.formats.native import InfillFormat
from diffgem_engine.infill_json import FORMAT_FILE
from diffgem_engine.memory import check_device, check_fits, dtype_name
from diffgem_engine.quiet import no_progress_bars
from diffgem_engine.sampler import SamplingParams
from diffgem_engine.tokenizer import CodeTokenizer

NewFormat = Callable[[Path, dict[str, Any]], InfillFormat]  # of a folder and its config

__all__ = ["Checkpoint", "CheckpointError", "embedded_model", "load"]


@frozen
class Checkpoint:
    """A model ready to run, with all that its files say about it."""

    name: str
    model: DiffusionGemmaForBlockDiffusion
    tokenizer: CodeTokenizer
    form: Format
    sampling: SamplingParams
    nbytes: int

    @property
    def summary(self) -> str:
        """One line: what was loaded, in which dtype, where, how much memory."""
        weights = self.model.model.decoder.embed_tokens.weight
        count = sum(p.numel() for p in self.model.parameters())
        return (
            f"loaded {self.name}: {count / 1e6:.1f}M parameters, {dtype_name(weights.dtype)} on "
            f"{weights.device}, {self.nbytes / 2**20:.0f} MiB, infill format {self.form.name}"
        )


def embedded_model() -> Path:
    """The folder of the model that ships inside the package."""
    return Path(str(resources.files("diffgem_engine") / "models" / "python-small"))


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
    wanted: FormatName | None = None,
) -> Checkpoint:
    """The checkpoint in a local folder or under a hub id; the embedded one for None.

    `wanted` overrides the infill format that its files speak of; `new_format` makes up a native
    one for a checkpoint that has none.

    Raises CheckpointError for one that is missing, truncated, foreign, of another layout or too
    large, and for a device that is not there.
    """
    device = device or best_device()
    dtype = dtype or best_dtype(device)
    check_device(device)
    choose_format = partial(_format, new_format, wanted)
    more = () if new_format is None else ("tokenizer.json",)  # to make one up
    folder = _locate(name, device, dtype, choose_format, more)
    label = folder.name if name is None else str(name)
    chosen = choose_format(folder, str(folder))
    parameters = count_parameters(find_shards(folder))
    check_fits(str(folder), parameters, device, dtype)
    tokenizer = _tokenizer(folder)
    form = chosen(tokenizer, device.type == "cpu")
    _check_vocabulary(folder, tokenizer, form)
    model = _model(folder, device, dtype)
    need = parameters * dtype.itemsize
    return Checkpoint(label, model, tokenizer, form, _sampling(model, form), need)


def _format(
    new_format: NewFormat | None, wanted: FormatName | None, folder: Path, name: str
) -> Chosen:
    config = read_config(folder, name)
    if new_format is not None and not (folder / FORMAT_FILE).exists():
        form = new_format(folder, config)
        return lambda *_: form
    return choose(folder, config, name, wanted)


def _locate(
    name: str | Path | None,
    device: torch.device,
    dtype: torch.dtype,
    choose_format: Callable[[Path, str], Chosen],
    more: Sequence[str],
) -> Path:
    if name is None:
        return _embedded()
    try:
        folder = Path(name).expanduser()
        if folder.is_dir():
            return folder
    except (OSError, RuntimeError) as error:  # too long a name; ~nobody
        raise CheckpointError(f"no checkpoint folder at {name}: {error}; give another") from error
    if not hub.is_hub_id(name):
        raise CheckpointError(f"no checkpoint folder at {name}; give a folder or a hub id")

    def check(description: Path, parameters: int | None) -> None:
        choose_format(description, str(name))
        if parameters is not None:
            check_fits(str(name), parameters, device, dtype)

    return hub.download(str(name), check, more)


def _embedded() -> Path:
    folder = embedded_model()
    if not folder.is_dir():
        raise CheckpointError(
            f"the embedded model is missing from this installation ({folder}); "
            "install diffgem-lsp again, or give --model"
        )
    return folder


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


def _model(
    folder: Path, device: torch.device, dtype: torch.dtype
) -> DiffusionGemmaForBlockDiffusion:
    try:
        with no_progress_bars():
            model, report = DiffusionGemmaForBlockDiffusion.from_pretrained(
                folder,
                dtype=dtype,
                use_safetensors=True,
                local_files_only=True,
                output_loading_info=True,
            )
    except Exception as error:
        raise CheckpointError(
            f"{folder} does not load ({first_line(error)}); copy it again"
        ) from error
    if lacking := sorted(report["missing_keys"]):  # they would stay at random values
        raise CheckpointError(
            f"{folder} lacks {len(lacking)} weights ({lacking[0]}, ...); copy the whole checkpoint"
        )
    return model.to(device).eval()


def _sampling(model: DiffusionGemmaForBlockDiffusion, form: Format) -> SamplingParams:
    """The checkpoint's generation config; transformers' own defaults where it is silent."""
    config, base = model.generation_config, SamplingParams()

    def pick(value: Any, default: Any) -> Any:
        return default if value is None else value

    bound = getattr(config.sampler_config, "entropy_bound", None)
    return SamplingParams(
        steps=pick(config.max_denoising_steps, base.steps),
        temperature_start=pick(config.t_max, base.temperature_start),
        temperature_end=pick(config.t_min, base.temperature_end),
        entropy_bound=pick(bound, base.entropy_bound),
        stability=pick(config.stability_threshold, base.stability),
        confidence=pick(config.confidence_threshold, base.confidence),
        order=form.order,
        draft_bonus=form.draft_bonus,
    )

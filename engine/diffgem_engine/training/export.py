"""Write a checkpoint that `checkpoint.load` reads."""

import copy
import json
import shutil
from pathlib import Path

import cattrs
import torch
from transformers import DiffusionGemmaForBlockDiffusion, DiffusionGemmaGenerationConfig
from transformers.models.diffusion_gemma.generation_diffusion_gemma import EntropyBoundSamplerConfig

from diffgem_engine.checkpoint.infill_json import FORMAT_FILE
from diffgem_engine.checkpoint.quiet import no_progress_bars
from diffgem_engine.core.sampler import SamplingParams
from diffgem_engine.formats.native import InfillFormat
from diffgem_engine.training.files import replacing_folder

SHARD_BYTES = 15 * 2**20  # files of 16 MiB and more do not belong into a repository


def save_checkpoint(
    model: DiffusionGemmaForBlockDiffusion,
    form: InfillFormat,
    tokenizer: Path,
    folder: Path,
    sampling: SamplingParams | None = None,
) -> None:
    """Weights (bfloat16 safetensors), configs, tokenizer and format, in place of what `folder` had.

    The model stays as it is.  `tokenizer` is a `tokenizer.json`; `sampling` becomes the
    checkpoint's generation config, but for its order: that is the format's.  Raises CannotWrite,
    and then `folder` is as before.
    """
    half, before = _in_half(model), model.generation_config
    half.generation_config = _generation_config(form, sampling or SamplingParams())
    try:
        _write(half, form, tokenizer, folder)
    finally:
        model.generation_config = before


def _write(
    half: DiffusionGemmaForBlockDiffusion, form: InfillFormat, tokenizer: Path, folder: Path
) -> None:
    described = json.dumps(cattrs.unstructure(form), indent=1)
    with replacing_folder(folder) as partial:
        with no_progress_bars():
            half.save_pretrained(partial, max_shard_size=SHARD_BYTES)
        shutil.copyfile(tokenizer, partial / "tokenizer.json")
        (partial / FORMAT_FILE).write_text(described + "\n", encoding="utf-8")
        usual = (partial / FORMAT_FILE).stat().st_mode
        for shard in partial.glob("*.safetensors"):  # safetensors leaves them to their owner alone
            shard.chmod(usual)


def _in_half(model: DiffusionGemmaForBlockDiffusion) -> DiffusionGemmaForBlockDiffusion:
    """The model itself where it is so already: a large one has no room for another."""
    if all(weight.dtype == torch.bfloat16 for weight in model.parameters()):
        return model
    half = copy.deepcopy(model)
    half.to(torch.bfloat16)  # type: ignore[arg-type]  # wrapped, it seems to lack `self`
    return half


def _generation_config(
    form: InfillFormat, sampling: SamplingParams
) -> DiffusionGemmaGenerationConfig:
    return DiffusionGemmaGenerationConfig(
        max_denoising_steps=sampling.steps,
        t_max=sampling.temperature_start,
        t_min=sampling.temperature_end,
        sampler_config=EntropyBoundSamplerConfig(entropy_bound=sampling.entropy_bound),
        stability_threshold=sampling.stability,
        confidence_threshold=sampling.confidence,
        bos_token_id=form.ids.bos,
        eos_token_id=form.ids.eos,
        pad_token_id=form.ids.pad,
    )

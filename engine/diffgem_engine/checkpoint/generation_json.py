"""`generation_config.json`: how a checkpoint is sampled, unless a request says otherwise."""

import math
from pathlib import Path
from typing import Any, cast

from transformers import DiffusionGemmaForBlockDiffusion, DiffusionGemmaGenerationConfig

from diffgem_engine.checkpoint.files import CheckpointError, first_line, read_json
from diffgem_engine.core.sampler import SamplingParams
from diffgem_engine.formats.base import Format

GENERATION_FILE = "generation_config.json"
SAMPLER = "EntropyBoundSamplerConfig"


def read_generation(
    model: DiffusionGemmaForBlockDiffusion, folder: Path
) -> DiffusionGemmaGenerationConfig:
    """The checkpoint's own; where it has none, what its config.json implies."""
    path = folder / GENERATION_FILE
    if not path.exists():
        return cast(DiffusionGemmaGenerationConfig, model.generation_config)
    raw = read_json(path)
    try:
        _check_sampler(raw.get("sampler_config"))
        _check_numbers(raw)
        read = DiffusionGemmaGenerationConfig.from_dict(raw)
        return cast(DiffusionGemmaGenerationConfig, read)
    except Exception as error:  # the library raises nothing narrower
        raise CheckpointError(
            f"{path} cannot be read ({first_line(error)}); copy it again"
        ) from error


def _check_sampler(config: Any) -> None:
    """The library calls whatever the file names here, with the arguments that it has."""
    if config is not None and (not isinstance(config, dict) or config.get("_cls_name") != SAMPLER):
        raise ValueError(f"its sampler_config is no {SAMPLER}")


def _check_numbers(raw: dict[str, Any]) -> None:
    """JSON has no NaN, and Python reads it all the same."""
    sampler = raw.get("sampler_config") or {}
    for name in ("t_min", "t_max", "confidence_threshold", "entropy_bound"):
        value = raw.get(name, sampler.get(name))
        if value is not None and not (math.isfinite(value) and value >= 0):
            raise ValueError(f"{name} is {value}")


def sampling_of(config: DiffusionGemmaGenerationConfig, form: Format) -> SamplingParams:
    """What `config` and the infill format say; transformers' own defaults where they are silent."""
    base = SamplingParams()

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
        draft_enough=form.draft_enough,
    )

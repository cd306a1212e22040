"""Load weights safely: safetensors only, never remote code, and refuse what will not fit."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

import cattrs
import psutil
import torch
from attrs import frozen
from safetensors import SafetensorError, safe_open
from transformers import DiffusionGemmaForBlockDiffusion
from transformers.utils import logging as transformers_logging

from diffgem_engine.canvas import LAYOUT_VERSION, InfillFormat
from diffgem_engine.sampler import SamplingParams
from diffgem_engine.tokenizer import CodeTokenizer

FORMAT_FILE = "infill.json"
TOKENIZER_VERSION = 1
HEADROOM = 1.2  # of the weights' size: activations and cached prompts
WEIGHTS = ("*.safetensors", "*.json")


class CheckpointError(Exception):
    """A checkpoint that cannot be used; the message names the fix."""


@frozen
class Checkpoint:
    """A model ready to run, with all that its files say about it."""

    name: str
    model: DiffusionGemmaForBlockDiffusion
    tokenizer: CodeTokenizer
    form: InfillFormat
    sampling: SamplingParams
    nbytes: int

    @property
    def summary(self) -> str:
        """One line: what was loaded, in which dtype, where, how much memory."""
        weights = self.model.model.decoder.embed_tokens.weight
        count = sum(p.numel() for p in self.model.parameters())
        return (
            f"loaded {self.name}: {count / 1e6:.1f}M parameters, {dtype_name(weights.dtype)} on "
            f"{weights.device}, {self.nbytes / 2**20:.0f} MiB"
        )


def dtype_name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


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
) -> Checkpoint:
    """The checkpoint in a local folder or under a hub id; the embedded one for None.

    Raises CheckpointError for one that is missing, truncated, foreign, of another layout or too
    large for the device.
    """
    device = device or best_device()
    dtype = dtype or best_dtype(device)
    folder = _locate(name)
    config = _config(folder)
    shards = _shards(folder)
    need = _parameters(shards) * dtype.itemsize
    _check_fits(need, device, folder)
    form = _format(folder, config)
    tokenizer = _tokenizer(folder, form)
    model = _model(folder, device, dtype)
    label = folder.name if name is None else str(name)
    return Checkpoint(label, model, tokenizer, form, _sampling(model), need)


def _locate(name: str | Path | None) -> Path:
    if name is None:
        return embedded_model()
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    if (
        isinstance(name, Path)
        or len(Path(name).parts) != 2
        or str(name).startswith((".", "~", "/"))
    ):
        raise CheckpointError(f"no checkpoint folder at {name}; give a folder or a hub id")
    return _download(str(name))


def _download(hub_id: str) -> Path:
    from huggingface_hub import snapshot_download  # noqa: PLC0415 - only for a hub id

    try:
        return Path(snapshot_download(hub_id, allow_patterns=list(WEIGHTS)))
    except Exception as error:
        raise CheckpointError(
            f"{hub_id} is no local folder and could not be downloaded ({_reason(error)}); check "
            "the id and the network, or download it elsewhere and give its folder"
        ) from error


def _json(path: Path) -> dict[str, Any]:
    try:
        loaded = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CheckpointError(
            f"{path.parent} has no {path.name}; copy the whole checkpoint"
        ) from None
    except (ValueError, OSError) as error:
        raise CheckpointError(f"{path} cannot be read ({error}); copy it again") from error
    if not isinstance(loaded, dict):
        raise CheckpointError(f"{path} is not a JSON object; copy it again")
    return loaded


def _config(folder: Path) -> dict[str, Any]:
    config = _json(folder / "config.json")
    kind = config.get("model_type")
    if kind != "diffusion_gemma":
        raise CheckpointError(
            f"{folder} holds a {kind!r} model; DiffGem runs 'diffusion_gemma' checkpoints"
        )
    if not isinstance(config.get("text_config"), dict):
        raise CheckpointError(f"{folder / 'config.json'} has no text_config; copy it again")
    return config


def _shards(folder: Path) -> list[Path]:
    index = folder / "model.safetensors.index.json"
    if index.exists():
        weights = _json(index).get("weight_map")
        if not isinstance(weights, dict):
            raise CheckpointError(f"{index} has no weight_map; copy it again")
        names = sorted({str(name) for name in weights.values()})
    else:
        names = ["model.safetensors"]
    shards = [folder / name for name in names]
    missing = [shard.name for shard in shards if not shard.exists()]
    if missing or not shards:
        pickled = any(folder.glob("*.bin")) or any(folder.glob("*.pt"))
        fix = "convert its pickled weights to safetensors" if pickled else "copy them as well"
        raise CheckpointError(f"{folder} lacks {', '.join(missing) or 'weights'}; {fix}")
    return shards


def _parameters(shards: list[Path]) -> int:
    """Count weights from the headers alone; this also finds a truncated shard."""
    count = 0
    for shard in shards:
        try:
            with safe_open(shard, framework="pt") as tensors:
                for key in tensors.keys():  # noqa: SIM118 - not a mapping
                    size = 1
                    for extent in tensors.get_slice(key).get_shape():
                        size *= extent
                    count += size
        except (SafetensorError, OSError) as error:
            raise CheckpointError(
                f"{shard} is truncated or damaged ({error}); download it again"
            ) from error
    return count


def free_bytes(device: torch.device) -> int:
    """Memory that a model may take on `device`."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    return psutil.virtual_memory().available


def _check_fits(need: int, device: torch.device, folder: Path) -> None:
    free = free_bytes(device)
    if need * HEADROOM > free:
        raise CheckpointError(
            f"{folder} needs about {need * HEADROOM / 2**30:.1f} GiB on {device}, "
            f"{free / 2**30:.1f} GiB are free; use a smaller checkpoint, a smaller dtype "
            "(--dtype bfloat16) or a larger device"
        )


def _format(folder: Path, config: dict[str, Any]) -> InfillFormat:
    path = folder / FORMAT_FILE
    raw = _json(path)
    versions = raw.get("layout"), raw.get("tokenizer")
    if versions != (LAYOUT_VERSION, TOKENIZER_VERSION):
        raise CheckpointError(
            f"{folder} has canvas layout {versions[0]} and tokenizer {versions[1]}; this engine "
            f"has {LAYOUT_VERSION} and {TOKENIZER_VERSION}: update DiffGem or the weights"
        )
    try:
        form = cattrs.Converter(forbid_extra_keys=True).structure(raw, InfillFormat)
    except Exception as error:
        reasons = "; ".join(cattrs.transform_error(error, path=FORMAT_FILE))
        raise CheckpointError(f"{path}: {reasons}; copy it again") from error
    if config["text_config"].get("vocab_size") != form.vocab:
        raise CheckpointError(
            f"{folder}: {FORMAT_FILE} speaks of {form.vocab} token ids, config.json of "
            f"{config['text_config'].get('vocab_size')}; copy both from one checkpoint"
        )
    return form


def _tokenizer(folder: Path, form: InfillFormat) -> CodeTokenizer:
    path = folder / "tokenizer.json"
    _json(path)
    try:
        tokenizer = CodeTokenizer.load(path)
    except Exception as error:  # the library raises nothing narrower
        raise CheckpointError(f"{path} is no tokenizer ({error}); copy it again") from error
    if tokenizer.size != form.vocab:
        raise CheckpointError(
            f"{path} has {tokenizer.size} ids, the weights have {form.vocab}; "
            "copy both from one checkpoint"
        )
    return tokenizer


@contextmanager
def _quiet() -> Iterator[None]:
    """Loading without the bar that transformers draws, nor its report: ours is one line."""
    shown = transformers_logging.is_progress_bar_enabled()
    transformers_logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            transformers_logging.enable_progress_bar()


def _model(
    folder: Path, device: torch.device, dtype: torch.dtype
) -> DiffusionGemmaForBlockDiffusion:
    try:
        with _quiet():
            model, report = DiffusionGemmaForBlockDiffusion.from_pretrained(
                folder,
                dtype=dtype,
                use_safetensors=True,
                local_files_only=True,
                output_loading_info=True,
            )
    except Exception as error:
        raise CheckpointError(
            f"{folder} does not load ({_reason(error)}); copy it again"
        ) from error
    if lacking := sorted(report["missing_keys"]):  # they would stay at random values
        raise CheckpointError(
            f"{folder} lacks {len(lacking)} weights ({lacking[0]}, ...); copy the whole checkpoint"
        )
    return model.to(device).eval()


def _reason(error: Exception) -> str:
    """The first line of what it says."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def _sampling(model: DiffusionGemmaForBlockDiffusion) -> SamplingParams:
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
    )

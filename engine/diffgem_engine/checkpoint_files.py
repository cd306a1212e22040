"""The files of a checkpoint's folder: whole, of our kind, and nothing in them is run."""

import json
from math import prod
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open


class CheckpointError(Exception):
    """A checkpoint that cannot be used; the message names the fix."""


def first_line(error: BaseException) -> str:
    """Of what it says: a library's advice goes on for pages."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def read_json(path: Path) -> dict[str, Any]:
    try:
        loaded = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CheckpointError(
            f"{path.parent} has no {path.name}; copy the whole checkpoint"
        ) from None
    except (ValueError, OSError, RecursionError) as error:
        raise CheckpointError(f"{path} cannot be read ({error}); copy it again") from error
    if not isinstance(loaded, dict):
        raise CheckpointError(f"{path} is not a JSON object; copy it again")
    return loaded


def read_config(folder: Path, name: str) -> dict[str, Any]:
    """`config.json`, of a model that we can run; `name` is what the user calls it."""
    config = read_json(folder / "config.json")
    kind = config.get("model_type")
    if kind != "diffusion_gemma":
        raise CheckpointError(
            f"{name} holds a {kind!r} model; DiffGem runs 'diffusion_gemma' checkpoints"
        )
    if not isinstance(config.get("text_config"), dict):
        raise CheckpointError(f"{folder / 'config.json'} has no text_config; copy it again")
    return config


def whole_number(text: dict[str, Any], name: str, folder: Path) -> int:
    """Of the `text_config` of the config.json in `folder`; of several ids the first."""
    value = text.get(name)
    value = value[0] if isinstance(value, list) and value else value
    if type(value) is not int:
        raise CheckpointError(f"{folder / 'config.json'} has no {name} in its text_config")
    return value


def find_shards(folder: Path) -> list[Path]:
    index = folder / "model.safetensors.index.json"
    if index.exists():
        weights = read_json(index).get("weight_map")
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


def count_parameters(shards: list[Path]) -> int:
    """From the headers alone; this also finds a truncated shard."""
    return sum(_count(shard) for shard in shards)


def _count(shard: Path) -> int:
    try:
        with safe_open(shard, framework="pt") as tensors:
            # not a mapping: it has keys() and no iterator
            return sum(prod(tensors.get_slice(key).get_shape()) for key in tensors.keys())  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise CheckpointError(
            f"{shard} is truncated or damaged ({error}); download it again"
        ) from error

"""The files of a checkpoint's folder: whole, of our kind, and nothing in them is run."""

import json
from pathlib import Path
from typing import Any, Protocol

from attrs import frozen
from safetensors import SafetensorError, safe_open
from torch import Tensor

VISION = "gemma4_vision"


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
        found = f"a {kind!r} model" if kind else "a model that does not say its type"
        raise CheckpointError(
            f"{name} holds {found}; give a 'diffusion_gemma' checkpoint, DiffGem runs no others"
        )
    if not isinstance(config.get("text_config"), dict):
        raise CheckpointError(f"{folder / 'config.json'} has no text_config; copy it again")
    _check_vision(config.get("vision_config"), folder)
    return config


def _check_vision(config: Any, folder: Path) -> None:
    """Another kind could name code of its own, which the library offers to run."""
    kind = config.get("model_type", VISION) if isinstance(config, dict) else VISION
    if kind != VISION:
        raise CheckpointError(
            f"{folder / 'config.json'} has a {kind!r} vision_config; "
            f"DiffGem knows {VISION!r} alone: give another checkpoint"
        )


def whole_number(text: dict[str, Any], name: str, folder: Path) -> int:
    """Of the `text_config` of the config.json in `folder`; of several ids the first."""
    value = text.get(name)
    value = value[0] if isinstance(value, list) and value else value
    if type(value) is not int:
        raise CheckpointError(
            f"{folder / 'config.json'} has no {name} in its text_config; copy it again"
        )
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


class Stored(Protocol):
    """A tensor that a model can be filled with."""

    @property
    def name(self) -> str: ...

    @property
    def shape(self) -> tuple[int, ...]: ...

    def read(self) -> Tensor:
        """All of it, in any float dtype; it may be a view of a file."""

    def rows(self, which: slice) -> Tensor:
        """Of its first dimension."""


@frozen
class InShard:
    """A tensor in a shard that stays open."""

    shard: Any  # an open one; the library annotates its methods nowhere
    name: str
    shape: tuple[int, ...]

    def read(self) -> Tensor:
        """A view of the file, in the dtype that it has there."""
        whole: Tensor = self.shard.get_tensor(self.name)
        return whole

    def rows(self, which: slice) -> Tensor:
        part: Tensor = self.shard.get_slice(self.name)[which]
        return part


StoredWeights = dict[str, Stored]  # by name


def open_shards(paths: list[Path]) -> StoredWeights:
    """What the shards hold.  Their headers are read, which also finds a truncated one."""
    return {one.name: one for path in paths for one in _open(path)}


def _open(path: Path) -> list[InShard]:
    try:
        shard: Any = safe_open(path, framework="pt")
        names = shard.keys()
        return [InShard(shard, name, tuple(shard.get_slice(name).get_shape())) for name in names]
    except (SafetensorError, OSError) as error:
        raise CheckpointError(
            f"{path} is truncated or damaged ({error}); copy or download it again"
        ) from error

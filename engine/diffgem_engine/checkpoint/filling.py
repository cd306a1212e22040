"""Weights from the shards into a model on meta: one after the other, straight to their device.

Nothing is held twice: the most that loading takes beside the model is the tensor being read, or
a piece of it where it is quantized on the way.
"""

from collections.abc import Iterator, Mapping
from math import prod
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import DiffusionGemmaForBlockDiffusion

from diffgem_engine.checkpoint.files import CheckpointError, Stored, StoredWeights
from diffgem_engine.checkpoint.skeleton import first_name, is_picture
from diffgem_engine.load_progress import READING, Tell, silent
from diffgem_engine.quantized.quantization import QuantizedWeight

Destination = Tensor | QuantizedWeight


def fill(
    model: DiffusionGemmaForBlockDiffusion,
    stored: StoredWeights,
    device: torch.device,
    folder: Path | str,
    tell: Tell = silent,
) -> None:
    """Give `model`, a skeleton, the weights of `folder`, in its own dtype and on `device`.

    Raises CheckpointError where they are not the model's: some are missing, of no place in it or
    of another shape.
    """
    wanted = _destinations(model)
    sources = _sources(model, wanted, stored, folder)
    found: dict[str, Tensor] = {}
    for name, (first, *again) in _counted(sources, tell):
        place = wanted[name]
        if isinstance(place, QuantizedWeight):
            place.to_empty(device=device)
            for piece in place.pieces():
                place.store(piece, first.rows(piece).to(device))
        else:
            found[name] = _loaded(first, place, device)
        for other in again:
            _check_same(first, other, folder)
    _assign(model, found)
    _compute_the_rest(model, device)


def _counted(sources: Mapping[str, list[Stored]], tell: Tell) -> Iterator[tuple[str, list[Stored]]]:
    """One after the other; `tell` hears before each how much of all values is read."""
    sizes = {name: prod(first.shape) for name, (first, *_) in sources.items()}
    done, most = 0, sum(sizes.values())
    for name, stored in sources.items():
        tell(READING, done / most)
        yield name, stored
        done += sizes[name]


def _destinations(model: nn.Module) -> dict[str, Destination]:
    """By the name that a checkpoint has for it: every tensor that is stored, and every weight that
    is quantized as it comes.
    """
    modules = model.named_modules(remove_duplicate=False)
    packed = {name: module for name, module in modules if isinstance(module, QuantizedWeight)}
    inside = tuple(f"{name}." for name in packed)
    plain = {k: v for k, v in model.state_dict(keep_vars=True).items() if not k.startswith(inside)}
    return {**plain, **packed}


def _sources(
    model: DiffusionGemmaForBlockDiffusion,
    wanted: Mapping[str, Destination],
    stored: StoredWeights,
    folder: Path | str,
) -> dict[str, list[Stored]]:
    """What is stored for each weight, under its first name and those that it shares."""
    sources: dict[str, list[Stored]] = {}
    unexpected = []
    for name, one in stored.items():
        first = first_name(model, name)
        if first in wanted:
            _check_shape(name, one, wanted[first], folder)
            sources.setdefault(first, []).append(one)
        elif not is_picture(name):
            unexpected.append(name)
    if unexpected:
        raise CheckpointError(
            f"{folder} has {len(unexpected)} weights that its config.json knows nothing of "
            f"({min(unexpected)}, ...); copy both from one checkpoint"
        )
    if missing := sorted({first_name(model, name) for name in wanted} - sources.keys()):
        raise CheckpointError(
            f"{folder} lacks {len(missing)} weights ({missing[0]}, ...); copy the whole checkpoint"
        )
    return sources


def _check_shape(name: str, one: Stored, place: Destination, folder: Path | str) -> None:
    if one.shape != tuple(place.shape):
        raise CheckpointError(
            f"{folder}: {name} is of shape {list(one.shape)}, config.json has "
            f"{list(place.shape)}; copy both from one checkpoint"
        )


def _check_same(one: Stored, other: Stored, folder: Path | str) -> None:
    """Some write a shared weight twice: then both must say the same."""
    if not torch.equal(one.read(), other.read()):
        raise CheckpointError(
            f"{folder}: {one.name} and {other.name} differ, and the model shares them; save the "
            "checkpoint again, with tied weights"
        )


def _loaded(one: Stored, place: Tensor, device: torch.device) -> Tensor:
    """A copy: what is read stays a view of its file, which may change under it."""
    tensor = torch.empty(place.shape, dtype=place.dtype, device=device).copy_(one.read())
    return nn.Parameter(tensor) if isinstance(place, nn.Parameter) else tensor


def _assign(model: DiffusionGemmaForBlockDiffusion, found: dict[str, Tensor]) -> None:
    for name in model.state_dict():
        if (first := first_name(model, name)) in found:
            parent, _, own = name.rpartition(".")
            setattr(model.get_submodule(parent), own, found[first])


def _compute_the_rest(model: nn.Module, device: torch.device) -> None:
    """Buffers that no checkpoint has: the embedding's scale, and the positions' frequencies."""
    for module in model.modules():
        lacking = {name: b for name, b in module.named_buffers(recurse=False) if b.is_meta}
        for name, tensor in _computed(module).items() if lacking else ():
            setattr(module, name, tensor.to(device, lacking[name].dtype))


def _computed(module: nn.Module) -> dict[str, Tensor]:
    if hasattr(module, "scalar_embed_scale"):
        return {"embed_scale": torch.tensor(module.scalar_embed_scale, dtype=torch.float64)}
    return dict(type(module)(module.config).named_buffers())

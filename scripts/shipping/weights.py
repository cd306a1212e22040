"""A candidate's files: staged under the embedded model's name, then put in its place."""

import shutil
from pathlib import Path

from diffgem_engine.checkpoint.gate_json import GATE_FILE
from shipping.record import MODEL, digest

MOST = 16 * 2**20  # bytes of a file that belongs into a repository


class Unfit(Exception):
    """The candidate cannot ship; the message says why, and what to do."""


def staged(candidate: Path, build: Path) -> Path:
    """A copy of the candidate in `build`, called as what ships is; made once, and again, with what
    was measured of it, where the candidate has other files than the weights and the gate by now.
    """
    _check(candidate)
    place = build / digest(candidate) / MODEL.name
    if not place.exists() or _beside_gate(place) != _beside_gate(candidate):
        shutil.rmtree(place.parent, ignore_errors=True)
        half = place.with_suffix(".part")
        shutil.rmtree(half, ignore_errors=True)
        shutil.copytree(candidate, half)
        half.rename(place)
    return place


def _beside_gate(model: Path) -> dict[str, bytes]:
    """The small files; `digest` has told the weights apart."""
    files = (path for path in model.iterdir() if path.is_file() and path.name != GATE_FILE)
    return {path.name: path.read_bytes() for path in files if path.suffix != ".safetensors"}


def _check(candidate: Path) -> None:
    if not any(candidate.glob("*.safetensors")):
        raise Unfit(f"{candidate} has no weights; give a training run's model folder: RUN/model")
    if large := [path.name for path in candidate.iterdir() if path.stat().st_size >= MOST]:
        raise Unfit(
            f"{', '.join(large)} in {candidate}: no file of 16 MiB or more goes into the "
            "repository; save the weights in smaller shards"
        )


def put_in_place(stage: Path, root: Path) -> None:
    """All files of the embedded model become those of `stage`; whoever is stopped on the way
    leaves the whole of one of the two.
    """
    put_back(root)
    target = root / MODEL
    new, before = target.with_suffix(".new"), target.with_suffix(".replaced")
    for left in (new, before):
        shutil.rmtree(left, ignore_errors=True)
    shutil.copytree(stage, new)
    target.rename(before)
    new.rename(target)
    shutil.rmtree(before)


def put_back(root: Path) -> None:
    """What shipped, where `put_in_place` was stopped between its two names."""
    target = root / MODEL
    before = target.with_suffix(".replaced")
    if before.exists() and not target.exists():
        before.rename(target)

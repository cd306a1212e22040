"""A candidate's files: staged under the embedded model's name, then put in its place."""

import shutil
from pathlib import Path

from shipping.record import MODEL, digest

MOST = 16 * 2**20  # bytes of a file that belongs into a repository


class Unfit(Exception):
    """The candidate cannot ship; the message says why, and what to do."""


def staged(candidate: Path, build: Path) -> Path:
    """A copy of the candidate in `build`, called as what ships is; made once."""
    _check(candidate)
    place = build / digest(candidate) / MODEL.name
    if not place.exists():
        half = place.with_suffix(".part")
        shutil.rmtree(half, ignore_errors=True)
        shutil.copytree(candidate, half)
        half.rename(place)
    return place


def _check(candidate: Path) -> None:
    if not any(candidate.glob("*.safetensors")):
        raise Unfit(f"{candidate} has no weights; give a training run's model folder: RUN/model")
    if large := [path.name for path in candidate.iterdir() if path.stat().st_size >= MOST]:
        raise Unfit(
            f"{', '.join(large)} in {candidate}: no file of 16 MiB or more goes into the "
            "repository; save the weights in smaller shards"
        )


def put_in_place(stage: Path, root: Path) -> None:
    """All files of the embedded model become those of `stage`."""
    target = root / MODEL
    before = target.with_suffix(".replaced")
    shutil.rmtree(before, ignore_errors=True)
    target.rename(before)
    shutil.copytree(stage, target)
    shutil.rmtree(before)

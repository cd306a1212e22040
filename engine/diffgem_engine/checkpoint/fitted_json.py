"""Files that an evaluation fits to a checkpoint, and that any checkpoint may have or lack."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from diffgem_engine.checkpoint.files import CheckpointError, read_json

Complaint = Callable[[dict[str, Any]], str | None]


def read_fitted(
    path: Path, version: int, evaluation: str, complaint: Complaint
) -> dict[str, Any] | None:
    """What `eval EVALUATION --fit` wrote; None where nobody has.

    `complaint` says what is wrong with an object of that version.  Raises CheckpointError.
    """
    if not path.exists():
        return None
    raw = read_json(path)
    if raw.get("version") != version:
        raise CheckpointError(
            f"{path} has version {raw.get('version')!r}, this engine reads {version}: "
            f"`diffgem-engine eval {evaluation} --fit` writes it anew; or remove it"
        )
    if wrong := complaint(raw):
        raise CheckpointError(f"{path}: {wrong}; copy or fit it again, or remove it")
    return raw

"""Where a checkpoint is: inside the package, in a folder, or on the hub."""

from collections.abc import Callable, Sequence
from importlib import resources
from pathlib import Path

from diffgem_engine.checkpoint import hub
from diffgem_engine.checkpoint.files import CheckpointError
from diffgem_engine.load_progress import DOWNLOADING, Tell

EMBEDDED = "python-small"  # the name of the model that ships inside the package


def embedded_model() -> Path:
    """The folder of the model that ships inside the package."""
    return Path(str(resources.files("diffgem_engine") / "models" / EMBEDDED))


def locate(
    name: str | Path | None,
    check: Callable[[Path, str], object],
    more: Sequence[str],
    tell: Tell,
) -> Path:
    """Its folder, downloaded where that is the hub: see `hub`.  Raises CheckpointError."""
    if name is None:
        return _embedded()
    try:
        folder = Path(name).expanduser()
        if folder.is_dir():
            return folder
    except (OSError, RuntimeError) as error:  # too long a name; ~nobody
        raise CheckpointError(f"no checkpoint folder at {name}: {error}; give another") from error
    if str(name) == EMBEDDED:
        return _embedded()
    if not hub.is_hub_id(name):
        raise CheckpointError(f"no checkpoint folder at {name}; give a folder or a hub id")
    tell(DOWNLOADING, None)
    return hub.download(str(name), lambda description: check(description, str(name)), more)


def _embedded() -> Path:
    folder = embedded_model()
    if not folder.is_dir():
        raise CheckpointError(
            f"the embedded model is missing from this installation ({folder}); "
            "install diffgem-lsp again, or give --model"
        )
    return folder

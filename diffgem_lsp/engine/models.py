"""The model that the user names, for an engine that is started here."""

import re
from pathlib import Path

_HUB_ID = re.compile(r"[A-Za-z0-9_-][\w.-]*/[\w.-]+")


def resolved(model: str) -> str:
    """A folder as an absolute path: the engine works in another folder.  A hub id as it is."""
    try:
        path = Path(model).expanduser()
    except RuntimeError:  # ~nobody
        return model
    return model if _HUB_ID.fullmatch(model) and not _exists(path) else str(path.absolute())


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name that is too long, a folder that may not be entered
        return False


def serve_options(model: str | None) -> tuple[str, ...]:
    """What `diffgem-engine serve` is told."""
    return ("--model", resolved(model)) if model else ()


def complaint(wanted: str | None, running: str) -> str:
    """What to tell who named a model that the engine does not run; empty if it does."""
    if wanted is None or not _is_another(resolved(wanted), running):
        return ""
    return (
        f"the engine that runs has the model {running}, not {wanted}: "
        "stop it first (diffgem-lsp doctor says its pid), or name a socket of its own"
    )


def _is_another(wanted: str, running: str) -> bool:
    """An engine started by hand may name its folder in another way: the last name decides."""
    first, second = Path(wanted), Path(running)
    if first.is_absolute() and second.is_absolute():
        return first.resolve() != second.resolve()
    return first.name != second.name if first.is_absolute() else wanted != running

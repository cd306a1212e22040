"""`diffgem-lsp forget`: the engine of this user ends, and what was kept on this machine goes.

Files are deleted by their names, and folders once they are empty: in what is called diffgem there
may be something of the user's.  Programs, settings, checkpoints and tokens stay.
"""

import argparse
import sys
from pathlib import Path

from diffgem_engine.endpoint import (
    Endpoint,
    EndpointError,
    UnixEndpoint,
    cache_folder,
    default_endpoint,
)
from diffgem_lsp.acceptance import journal
from diffgem_lsp.commands.terminal import write
from diffgem_lsp.engine import ending, process
from diffgem_lsp.engine.errors import EngineError

INDEX = "*.sqlite*"  # with what SQLite has beside each


def run(_options: argparse.Namespace) -> int:
    """0, 3 where the engine goes on, 4 where something cannot be deleted."""
    try:
        endpoint = default_endpoint()
        _end(endpoint)
    except (EndpointError, EngineError) as error:
        print(f"diffgem-lsp: {error}", file=sys.stderr)
        return 3
    try:
        deleted = _delete(endpoint)
    except OSError as error:
        print(f"diffgem-lsp: {error.filename}: {error.strerror}", file=sys.stderr)
        return 4
    write("\n".join(f"deleted {path}" for path in deleted) or "nothing was kept", sys.stdout)
    return 0


def _end(endpoint: Endpoint) -> None:
    """One over the network is not ours to end."""
    if isinstance(endpoint, UnixEndpoint) and (pid := ending.end(endpoint)) is not None:
        write(f"ended the engine on {endpoint} (pid {pid})", sys.stdout)


def _delete(endpoint: Endpoint) -> list[Path]:
    """Raises OSError."""
    kept = _kept(endpoint)
    files = [path for folder, pattern in kept for path in sorted(folder.glob(pattern))]
    for path in files:
        path.unlink()
    for folder, _ in kept:
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    return files


def _kept(endpoint: Endpoint) -> list[tuple[Path, str]]:
    """Folders of ours, those inside others first, and what is ours in each."""
    cache, state = cache_folder(), journal.state_folder()
    kept = [
        (cache / "index", INDEX),
        (cache, f"{process.LOG}*"),
        (state, f"{journal.FILE}*"),
    ]
    if isinstance(endpoint, UnixEndpoint):
        kept.append((endpoint.path.parent, f"{endpoint.path.name}*"))
    return kept

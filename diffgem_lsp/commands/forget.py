"""`diffgem-lsp forget`: the engine of this user ends, and what was kept on this machine goes.

Files are deleted by their names, and folders once they are empty: in what is called diffgem there
may be something of the user's.  Programs, settings, checkpoints and tokens stay.
"""

import argparse
import contextlib
import re
import sys
from collections.abc import Iterable
from fnmatch import fnmatchcase
from glob import escape
from pathlib import Path

from diffgem_engine.endpoint import (
    Endpoint,
    EndpointError,
    UnixEndpoint,
    cache_folder,
    default_endpoint,
    lock_file,
)
from diffgem_engine.load_progress import loading_file
from diffgem_engine.output import write
from diffgem_lsp.acceptance import journal
from diffgem_lsp.commands.connecting import endpoint_for
from diffgem_lsp.commands.folders import counts_folder
from diffgem_lsp.engine import ending, process
from diffgem_lsp.engine.errors import EngineError

INDEX = "*.sqlite*"  # with what SQLite has beside each
_OURS = re.compile(r"index|diffgem(-[0-9]+)?")


def run(options: argparse.Namespace) -> int:
    """0, 3 where the engine goes on, 4 where something cannot be deleted."""
    try:
        endpoints = list(dict.fromkeys((endpoint_for(options), default_endpoint())))
        folders = cache_folder(), counts_folder()  # who has none is told before the engine ends
        for endpoint in endpoints:
            _end(endpoint)
    except (EndpointError, EngineError) as error:
        print(f"diffgem-lsp: {error}", file=sys.stderr)
        return 3
    try:
        deleted = _delete(_kept(*folders, endpoints))
    except OSError as error:
        print(f"diffgem-lsp: {error.filename}: {error.strerror}", file=sys.stderr)
        return 4
    write("\n".join(f"deleted {path}" for path in deleted) or "nothing was kept", sys.stdout)
    return 0


def _end(endpoint: Endpoint) -> None:
    """One over the network may serve others."""
    if not isinstance(endpoint, UnixEndpoint):
        write(f"the engine on {endpoint} goes on: end it where it was started", sys.stdout)
    elif (pid := ending.end(endpoint)) is not None:
        write(f"ended the engine on {endpoint} (pid {pid})", sys.stdout)


def _delete(kept: list[tuple[Path, tuple[str, ...]]]) -> list[Path]:
    """Raises OSError."""
    files = [path for folder, names in kept for path in _there(folder, names)]
    for path in files:
        path.unlink(missing_ok=True)  # another `forget` may be at it
    for folder, _ in kept:
        _remove_empty(folder)
    return files


def _there(folder: Path, names: Iterable[str]) -> list[Path]:
    """Of `names`, patterns among them, what is no folder."""
    found = (path for path in folder.glob("*") if any(fnmatchcase(path.name, n) for n in names))
    return sorted(path for path in found if path.is_symlink() or not path.is_dir())


def _remove_empty(folder: Path) -> None:
    """One that is called as ours are; a link to one is the user's."""
    if folder.is_symlink() or not _OURS.fullmatch(folder.name):
        return
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        if not any(folder.iterdir()):
            folder.rmdir()


def _kept(
    cache: Path, state: Path, endpoints: Iterable[Endpoint]
) -> list[tuple[Path, tuple[str, ...]]]:
    """Folders of ours, those inside others first, and what is ours in each."""
    counts = tuple(path.name for path in journal.files(state))
    kept = [
        (cache / "index", (INDEX,)),
        (cache, (process.LOG, f"{process.LOG}.1")),
        (state, (*counts, f"{journal.FILE}.lock")),
    ]
    for endpoint in endpoints:
        if not isinstance(endpoint, UnixEndpoint):
            continue
        # the user may have named it, by mistake as a file of theirs
        sockets = filter(Path.is_socket, [endpoint.path])
        ours = [path.name for path in (lock_file(endpoint), *_loading(endpoint), *sockets)]
        kept.append((endpoint.path.parent, tuple(map(escape, ours))))
    return kept


def _loading(endpoint: UnixEndpoint) -> tuple[Path, Path]:
    """What an engine leaves that was killed while it loaded."""
    place = loading_file(endpoint)
    return place, place.with_name(f"{place.name}.new")

"""URI -> the file that it means on this machine, if any."""

import os
from pathlib import Path
from urllib.parse import unquote

# Where the path of a URI is one of this machine: a file, a part of it, what it was or will be.
LOCAL = frozenset(("file", "untitled", "git", "vscode-notebook-cell"))


def scheme_of(uri: str) -> str:
    """In lower case; empty for a path, of Windows too."""
    scheme, colon, _ = uri.partition(":")
    is_scheme = colon and len(scheme) > 1 and scheme.isascii() and "/" not in scheme
    return scheme.lower() if is_scheme else ""


def path_of(uri: str) -> Path | None:
    """None where it means no file here: another scheme, or a document without a place."""
    scheme = scheme_of(uri)
    if not scheme:
        return Path(os.path.abspath(uri)) if uri else None  # noqa: PTH100 - no link is followed
    if scheme not in LOCAL:
        return None
    rest = uri[len(scheme) + 1 :]
    host, path = "", rest
    if rest.startswith("//"):
        host, slash, path = rest[2:].partition("/")
        path = slash + path
    name = unquote(path.partition("?")[0].partition("#")[0], errors="surrogateescape")
    if not name.startswith("/"):
        return None
    return Path(os.path.abspath(_of_windows(name, host)))  # noqa: PTH100


def _of_windows(path: str, host: str) -> str:
    """`/C:/x` -> `C:/x`, and a share's `//host/x`; elsewhere as it is."""
    if os.name != "nt":
        return path
    if host and host != "localhost":
        return f"//{host}{path}"
    return path[1:] if path[2:3] == ":" else path


def real(path: Path) -> Path:
    """With every link followed, as far as it exists.  Raises OSError, ValueError."""
    return Path(os.path.realpath(path))


def within(path: Path, folder: Path) -> bool:
    return path == folder or folder in path.parents

"""Where a file lies: in the workspace or out of it, ignored or not, as the disk has it now."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from diffgem_lsp.privacy.globs import Globs
from diffgem_lsp.privacy.ignored import IgnoreFiles
from diffgem_lsp.privacy.names import exclusion
from diffgem_lsp.privacy.uris import path_of, real, scheme_of, within

OUTSIDE = "the file is outside the workspace"


class Workspace:
    """The folders that the client has open; without any, every place is as good as another."""

    def __init__(self, folders: Sequence[str], only: bool, files: Mapping[str, bool]) -> None:
        """`folders` are URIs; `only` what lies in one of them takes part."""
        self._uris = tuple(folder.rstrip("/") + "/" for folder in folders)
        self._folders = tuple(path for folder in folders if (path := path_of(folder)))
        self._only = only and bool(folders)
        self._globs = Globs(files)
        self._ignore_files = IgnoreFiles()

    def why_not(self, uri: str) -> str:
        """Why a file takes no part for its place; empty if it does.  Raises OSError, ValueError."""
        path = path_of(uri)
        if path is None:
            return self._why_not_elsewhere(uri)
        actual, folders = real(path), tuple(map(real, self._folders))
        return (
            self._why_not_outside(path, actual, folders)
            or self._why_not_by_options(path, self._folders)
            or self._why_not_by_options(actual, folders)
            or self._why_not_ignored(path, self._folders)
            or (self._why_not_ignored(actual, folders) if actual != path else "")
        )

    def _why_not_elsewhere(self, uri: str) -> str:
        """A document that is no file of this machine."""
        if not self._only or scheme_of(uri) in ("untitled", ""):
            return ""
        return "" if uri.startswith(self._uris) and "/../" not in uri else OUTSIDE

    def _why_not_outside(self, path: Path, actual: Path, folders: tuple[Path, ...]) -> str:
        secret = exclusion(str(actual)) if actual != path else ""
        if secret or not self._only or any(within(actual, folder) for folder in folders):
            return secret and f"it is a link: {secret}"
        inside = any(within(path, folder) for folder in self._folders)
        return "the file is a link that leads out of the workspace" if inside else OUTSIDE

    def _why_not_by_options(self, path: Path, folders: tuple[Path, ...]) -> str:
        """By its path below the innermost folder of the workspace, or else from the root on."""
        around = [folder for folder in folders if within(path, folder)]
        inner = max(around, key=lambda folder: len(folder.parts), default=Path(path.anchor))
        glob = self._globs.against(path.relative_to(inner).as_posix())
        return f"the option 'files' turns {glob} off" if glob else ""

    def _why_not_ignored(self, path: Path, folders: tuple[Path, ...]) -> str:
        ignored = self._ignore_files.ignored(path, folders)
        return f"{ignored} is ignored, by a .gitignore, a .diffgemignore or git" if ignored else ""

"""Whether a document takes part at all: by its language, its size, its name and its place.

Pure but for the disk, which says where links lead and what ignore files hold.  What it said is
believed for `STALE_S` seconds, so a key costs a look into a dictionary.
"""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from attrs import frozen

from diffgem_lsp.options import Options
from diffgem_lsp.privacy.languages import is_on
from diffgem_lsp.privacy.names import exclusion
from diffgem_lsp.snapshots import Snapshot

if TYPE_CHECKING:
    from diffgem_lsp.privacy.workspace import Workspace

STALE_S = 2.0
DOCUMENTS = 1_024  # whose answers are remembered


@frozen
class _Answer:
    reason: str
    at: float


class Eligibility:
    """For one set of options and one set of folders; changed ones are another Eligibility."""

    def __init__(
        self,
        options: Options,
        folders: Sequence[str] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`folders` are URIs."""
        self._options, self._folders = options, tuple(folders)
        self._clock = clock
        self._answers: dict[str, _Answer] = {}
        self._workspace: Workspace | None = None

    def is_for(self, options: Options, folders: Sequence[str]) -> bool:
        return options is self._options and tuple(folders) == self._folders

    def reason(self, uri: str, language_id: str, characters: int) -> str:
        """Why no engine sees anything of this document; empty if it takes part."""
        size = too_large(characters, self._options)
        if size:
            return size
        if not is_on(language_id, self._options.languages):
            return f"the option 'languages' turns {language_id} off"
        return self._of_place(uri)

    def forget(self) -> None:
        """Files have changed on the disk: ask it anew."""
        self._answers.clear()

    def _of_place(self, uri: str) -> str:
        known, now = self._answers.pop(uri, None), self._clock()
        if known is None or now - known.at >= STALE_S:
            known = _Answer(self._looked_up(uri), now)
        self._answers[uri] = known
        while len(self._answers) > DOCUMENTS:
            del self._answers[next(iter(self._answers))]
        return known.reason

    def _looked_up(self, uri: str) -> str:
        try:
            return exclusion(uri) or self._places().why_not(uri)
        except (OSError, ValueError) as error:
            return f"it cannot be found out whether the file is ignored: {error}"

    def _places(self) -> "Workspace":
        if self._workspace is None:
            # It brings a library that reads globs: loaded when the client has its first reply.
            from diffgem_lsp.privacy.workspace import Workspace  # noqa: PLC0415

            options = self._options
            self._workspace = Workspace(self._folders, options.workspace_only, options.files)
        return self._workspace


def unsuitable(snapshot: Snapshot, options: Options, eligibility: Eligibility | None = None) -> str:
    """Why a document is not completed in, and no engine sees it; empty if it is."""
    size = len(snapshot.text)
    if eligibility is not None:
        reason = eligibility.reason(snapshot.uri, snapshot.language_id, size)
    else:
        reason = exclusion(snapshot.uri) or too_large(size, options)
    if reason:
        return reason
    near = snapshot.text[max(0, snapshot.offset - 10_000) : snapshot.offset + 10_000]
    return "the file is binary: it holds NUL characters" if "\0" in near else ""


def too_large(characters: int, options: Options) -> str:
    most = options.max_file_characters
    if characters <= most:
        return ""
    return f"the file is too large: {characters:,} characters, {most:,} at most"

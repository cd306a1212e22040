"""What the model may see from beyond the window: every source that is on, and in what order."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from diffgem_lsp.documents import DocumentStore
from diffgem_lsp.index.workspace import file_of
from diffgem_lsp.options import Options
from diffgem_lsp.prompt.snippets import Snippet
from diffgem_lsp.prompt.sources.declared import Allows, Lookup, declared
from diffgem_lsp.prompt.sources.diagnosed import Diagnosed, diagnosed
from diffgem_lsp.prompt.sources.edited import RecentEdits, edited
from diffgem_lsp.prompt.sources.opened import OpenFiles, opened
from diffgem_lsp.snapshots import Snapshot

Eligible = Callable[[Snapshot], bool]


class Beyond:
    """Of one client.  Documents are a source where they are `eligible`, files where allowed."""

    def __init__(
        self,
        documents: DocumentStore,
        index: Lookup,
        eligible: Eligible,
        allows: Allows,
        roots: Callable[[], Sequence[Path]],
    ) -> None:
        self.edits = RecentEdits()
        self.open_files = OpenFiles(self._current, documents.uris)
        self.diagnosed = Diagnosed()
        self._documents = documents
        self._index = index
        self._eligible = eligible
        self._allows = allows
        self._roots = roots
        documents.listeners += [self.edits.note, self.open_files.note]
        documents.on_gone += [self.edits.forget, self.open_files.forget, self.diagnosed.forget]

    def snippets(self, snapshot: Snapshot, options: Options) -> Iterator[Snippet]:
        """From the sources that the options leave on, in no order."""
        if options.context_declarations:
            yield from declared(snapshot, self._index, self._allows)
        if options.context_recent_edits:
            yield from edited(snapshot, self.edits, self._current, self._name)
        if options.context_open_files:
            yield from opened(snapshot, self.open_files, self._name)
        if options.context_diagnostics:
            yield from diagnosed(snapshot, self.diagnosed, self._name(snapshot.uri))

    def _current(self, uri: str) -> Snapshot | None:
        now = self._documents.get(uri)
        return now if now is not None and self._eligible(now) else None

    def _name(self, uri: str) -> str:
        """Within its workspace folder; of what is in none the file's name alone."""
        path = file_of(uri)
        if path is None:
            return uri.rpartition("/")[2]
        for root in self._roots():
            if path.is_relative_to(root):
                return path.relative_to(root).as_posix()
        return path.name

"""The open documents, kept from the client's notifications.

Our own and not pygls' store, which splits lines at form feeds and U+2028 and loses newlines there.
"""

import logging
from collections.abc import Callable, Sequence
from itertools import count

from attrs import evolve, frozen
from lsprotocol.types import (
    Position,
    TextDocumentContentChangeEvent,
    TextDocumentContentChangePartial,
    TextDocumentItem,
    VersionedTextDocumentIdentifier,
)

from diffgem_lsp.snapshots import Snapshot
from diffgem_lsp.syntax.trees import SyntaxTree
from diffgem_lsp.text import positions, surrogates
from diffgem_lsp.text.lines import Lines

log = logging.getLogger(__name__)

MANY = 50  # changes of one notification: with more the tree is not edited, but parsed anew


@frozen
class Edit:
    """`removed` at `start` became `inserted`; the offset is in the text just before the edit."""

    start: int
    removed: str
    inserted: str


Listener = Callable[[Snapshot, Sequence[Edit]], None]
UriListener = Callable[[str], None]


class DocumentStore:
    """What the client has open.  Notifications that make no sense are logged and change nothing."""

    def __init__(self) -> None:
        self.encoding: str = positions.UTF16  # as negotiated
        self.listeners: list[Listener] = []  # called after edits
        self.on_opened: list[Callable[[Snapshot], None]] = []
        self.on_gone: list[UriListener] = []  # the text is closed, opened anew, or lost
        self.on_lost: list[UriListener] = []  # a change was; once until the whole text comes
        self._documents: dict[str, Snapshot] = {}
        self._distrusted: set[str] = set()
        self._revisions = count(1)

    def open(self, item: TextDocumentItem) -> None:
        """Opening an open document starts it anew."""
        lines = Lines.of(surrogates.join(item.text))
        self._gone(item.uri)
        self._documents[item.uri] = Snapshot(
            uri=item.uri,
            version=item.version,
            revision=next(self._revisions),
            language_id=item.language_id,
            lines=lines,
            tree=SyntaxTree.of(item.language_id, lines),
            encoding=self.encoding,
        )
        for listener in self.on_opened:
            listener(self._documents[item.uri])

    def change(
        self,
        document: VersionedTextDocumentIdentifier,
        changes: Sequence[TextDocumentContentChangeEvent],
    ) -> None:
        """Changes apply in the order of arrival, whatever version they carry.

        A client that repeats a version, or counts back, still describes the text that it has.
        """
        known = self._documents.get(document.uri)
        if known is None:
            log.warning("change of %s, which is not open", document.uri)
            return
        if document.version <= known.version:
            log.info("%s: version %s after %s", known.uri, document.version, known.version)
        self._documents[known.uri] = evolve(known, version=document.version)
        applied = (self._apply(known.uri, each, anew=len(changes) > MANY) for each in changes)
        edits = [edit for edit in applied if edit is not None]
        changed = self.get(document.uri)
        if changed is not None and edits:
            for listener in self.listeners:
                listener(changed, edits)

    def close(self, uri: str) -> None:
        self._gone(uri)
        if self._documents.pop(uri, None) is None:
            log.warning("close of %s, which is not open", uri)

    def distrust(self, uri: str) -> None:
        """A change of `uri` was lost: it counts as closed until its whole text comes again."""
        if uri in self._distrusted:
            return
        self._gone(uri)
        self._distrusted.add(uri)
        for listener in self.on_lost:
            listener(uri)

    def distrust_all(self) -> None:
        for uri in tuple(self._documents):
            self.distrust(uri)

    def is_lost(self, uri: str) -> bool:
        return uri in self._distrusted

    def get(self, uri: str) -> Snapshot | None:
        """The document now; None when it is not open, or a change of it was lost."""
        return None if uri in self._distrusted else self._documents.get(uri)

    def uris(self) -> tuple[str, ...]:
        """What is open, the latest last."""
        return tuple(self._documents)

    def snapshot(self, uri: str, position: Position) -> Snapshot | None:
        """The document now, with the cursor at `position`."""
        now = self.get(uri)
        return now.at(now.offset_of(position)) if now is not None else None

    def is_current(self, snapshot: Snapshot) -> bool:
        """Whether the document is open and nothing happened to it since."""
        now = self.get(snapshot.uri)
        return now is not None and now.revision == snapshot.revision

    def _apply(
        self, uri: str, change: TextDocumentContentChangeEvent, *, anew: bool
    ) -> Edit | None:
        """None when the change is to a text that we do not have."""
        now = self._documents[uri]
        if not isinstance(change, TextDocumentContentChangePartial):
            self._distrusted.discard(uri)
        elif _is_beyond(now, change):
            self.distrust(uri)
        if uri in self._distrusted:
            return None
        start, end, new = surrogates.widened(now.text, *_in_code_points(now, change))
        edited = now.replaced(start, end, new, anew=anew)
        self._documents[uri] = evolve(edited, revision=next(self._revisions))
        return Edit(start, now.text[start:end], new)

    def _gone(self, uri: str) -> None:
        self._distrusted.discard(uri)
        for listener in self.on_gone:
            listener(uri)


def _is_beyond(now: Snapshot, change: TextDocumentContentChangePartial) -> bool:
    """Whether it starts at a line that we do not know: an earlier change did not reach us.

    One past the last line is its end, and so is any place where a change ends: clients replace
    all of a text so.  A gap in the versions says nothing: Neovim's are not even consecutive.
    """
    return min(change.range.start.line, change.range.end.line) > now.lines.count


def _in_code_points(now: Snapshot, change: TextDocumentContentChangeEvent) -> tuple[int, int, str]:
    if isinstance(change, TextDocumentContentChangePartial):
        return positions.edit_of(now.lines, change.range, change.text, now.encoding)
    return 0, len(now.text), change.text

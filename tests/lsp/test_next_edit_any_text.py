"""Whatever is typed into whatever language: proposals of the text as it is, and none of a lock."""

import random
import re

import pytest
from lsprotocol.types import (
    Position,
    Range,
    TextDocumentContentChangePartial,
    TextDocumentItem,
    VersionedTextDocumentIdentifier,
)
from sources import CODE, SOURCES

from diffgem_lsp.documents import DocumentStore
from diffgem_lsp.next_edits import finding
from diffgem_lsp.next_edits.choosing import MOST
from diffgem_lsp.next_edits.history import History
from diffgem_lsp.next_edits.proposals import KINDS, is_locked, lock_of

URI = "file:///a"
EDITS = 60


class Typing:
    """Random keys and pieces of code, as a client tells of them."""

    def __init__(self, language, seed):
        self.chance, self.history, self.store = random.Random(seed), History(), DocumentStore()
        self.store.listeners.append(self.history.record)
        self.store.open(TextDocumentItem(URI, language, 1, 3 * SOURCES[language]))

    def edit(self, version):
        now = self.store.get(URI)
        start, end, new = self._changed(now.text)
        where = [now.position(place) for place in (start, end)]
        change = TextDocumentContentChangePartial(Range(*where), new)
        self.store.change(VersionedTextDocumentIdentifier(version, URI), [change])
        return self.store.snapshot(URI, Position(0, 0)), self.history.of(URI)

    def _changed(self, text):
        """A name that becomes longer, or any piece anywhere."""
        names = [found.span() for found in re.finditer(r"[^\W\d]\w*", text)]
        if names and self.chance.random() < 0.6:
            _, end = self.chance.choice(names)
            return end, end, self.chance.choice("xyz_")
        start = self.chance.randint(0, len(text))
        end = min(len(text), start + self.chance.choice((0, 0, 1, 5)))
        return start, end, self.chance.choice(CODE)


@pytest.mark.parametrize("language", sorted(SOURCES))
def test_any_text(language):
    """A node without a field, or a text with half a character in it, was an error on the screen."""
    typing = Typing(language, language)
    found = 0
    for version in range(2, EDITS):
        snapshot, changes = typing.edit(version)
        proposed = finding.propose(snapshot, changes)
        found += len(proposed)
        for each in proposed:
            assert each.kind in KINDS
            assert 0 <= each.start <= each.end <= len(snapshot.text)
            for change in changes:
                assert not is_locked(each.start, each.end, lock_of(change, snapshot.text))
        assert len(finding.sure(snapshot, proposed)) <= MOST
    assert found or language in ("css", "html", "json", "shellscript", "typescriptreact")

"""What becomes of suggestions, as the edits and the client tell it."""

import pytest
from lsprotocol.types import (
    Range,
    TextDocumentContentChangePartial,
    TextDocumentItem,
    VersionedTextDocumentIdentifier,
)

from diffgem_lsp.acceptance.ledger import Ledger
from diffgem_lsp.acceptance.suggestions import INLINE, NEXT_EDIT, Suggestion
from diffgem_lsp.documents import DocumentStore

URI = "file:///a.py"


class Desk:
    """A ledger over a document, and time that passes when the test says so."""

    def __init__(self, text="def f():\n    \n"):
        self.events, self.now, self.calls = [], 1000.0, []
        self.documents = DocumentStore()
        self.ledger = Ledger(self.text, self.events.append, self.later, lambda: self.now)
        self.documents.listeners.append(self.ledger.edited)
        self.documents.on_gone.append(self.ledger.forget)
        self.documents.open(TextDocumentItem(URI, "python", 1, text))

    def text(self, uri):
        found = self.documents.get(uri)
        return found and found.text

    def later(self, seconds, call):
        self.calls.append((self.now + seconds, call))

    def pass_by(self, seconds):
        self.now += seconds
        due = [each for each in self.calls if each[0] <= self.now]
        self.calls = [each for each in self.calls if each[0] > self.now]
        for _, call in due:
            call()

    def show(self, *texts, offset=13, kind=INLINE, end=None):
        snapshot = self.documents.get(URI).at(offset)
        end = offset if end is None else end
        suggestion = Suggestion(kind, offset, end, texts, confidence=0.75, latency_ms=12.3456)
        self.ledger.shown(snapshot, suggestion)

    def edit(self, *edits):
        """Each a start, an end and a text, in one notification."""
        now, changes = self.documents.get(URI), []
        for start, end, text in edits:
            here = Range(now.position(start), now.position(end))
            changes.append(TextDocumentContentChangePartial(here, text))
            now = now.replaced(start, end, text)
        self.documents.change(VersionedTextDocumentIdentifier(2, URI), changes)

    @property
    def heard(self):
        return [getattr(event, "what", "shown") for event in self.events]


@pytest.fixture
def desk():
    return Desk()


def test_from_shown_to_retained(desk):
    desk.show("return 1")
    desk.edit((13, 13, "return 1"))
    desk.ledger.accepted(URI, "return 1")
    desk.edit((0, 0, "# a comment\n"))
    desk.pass_by(30)
    desk.edit((26, 27, "xyz"))
    desk.pass_by(270)
    assert desk.heard == ["shown", "accepted", "accepted", "retained", "retained"]
    assert [event.by for event in desk.events[1:3]] == ["edit", "command"]
    assert [(each.after_s, each.similarity) for each in desk.events[3:]] == [
        (30, 1.0),
        (300, 0.7),
    ]
    assert len({event.id for event in desk.events}) == 1
    shown = desk.events[0]
    assert (shown.language, shown.characters, shown.lines) == ("python", 8, 1)
    assert (shown.confidence, shown.latency_ms) == (0.75, 12.3)


def test_the_command_before_the_edit(desk):
    desk.show("return 1")
    desk.ledger.accepted(URI, "return 1")
    desk.edit((13, 13, "return 1"))
    desk.pass_by(30)
    assert desk.heard == ["shown", "accepted", "accepted", "retained"]


def test_an_acceptance_told_in_several_edits(desk):
    """An editor that changes the indent in the same breath."""
    desk.show("return 1")
    desk.edit((9, 13, ""), (9, 9, "    return 1"))
    desk.ledger.accepted(URI, "return 1")
    assert desk.heard == ["shown", "accepted"]
    desk.pass_by(30)
    assert desk.events[-1].similarity == 1.0


def test_undone_at_once(desk):
    desk.show("return 1")
    desk.edit((13, 13, "return 1"))
    desk.edit((13, 21, ""))
    desk.pass_by(300)
    assert desk.heard == ["shown", "accepted", "reverted", "retained", "retained"]
    assert [each.similarity for each in desk.events[3:]] == [0.0, 0.0]


@pytest.mark.parametrize(("after", "reverted"), [("pass", True), ("raise", False)])
def test_a_replacement_undone_at_once(desk, after, reverted):
    """A hole that was filled and undone counted as accepted and kept."""
    desk.edit((13, 13, "pass"))
    desk.show("return 1", offset=13, end=17)
    desk.edit((13, 17, "return 1"))
    desk.edit((13, 21, after))
    assert ("reverted" in desk.heard) is reverted


def test_what_goes_later_was_not_reverted(desk):
    desk.show("return 1")
    desk.edit((13, 13, "return 1"))
    desk.pass_by(31)
    desk.edit((13, 21, ""))
    assert desk.heard == ["shown", "accepted", "retained"]


def test_a_formatter_that_sends_all_of_the_text(desk):
    """Everything that was accepted counted as gone at every save."""
    desk.show("return 1")
    desk.edit((13, 13, "return 1"))
    whole = desk.text(URI)
    desk.edit((0, len(whole), "# new\n" + whole.replace("f()", "g( )") + "# end\n"))
    desk.pass_by(30)
    assert desk.events[-1].similarity == 1.0
    desk.edit((0, len(desk.text(URI)), "nothing of it"))
    desk.pass_by(270)
    assert desk.events[-1].similarity < 0.3


def test_typing_through_is_one_suggestion(desk):
    """Each key counted as one more that was shown and not accepted."""
    desk.show("return 1")
    for number, key in enumerate("retu"):
        desk.edit((13 + number, 13 + number, key))
        desk.show("return 1"[number + 1 :], offset=14 + number)
    desk.ledger.accepted(URI, "return 1")
    desk.edit((17, 17, "rn 1"))
    assert desk.heard == ["shown", "accepted", "accepted"]
    assert desk.events[-1].characters == 4


def test_another_suggestion_takes_the_place(desk):
    desk.show("return 1")
    desk.show("yield 2")
    desk.show("other", kind=NEXT_EDIT, offset=4, end=5)
    assert desk.heard == ["shown", "shown", "shown"]
    desk.edit((13, 13, "yield 2"))
    desk.edit((4, 5, "other"))
    assert desk.heard[3:] == ["accepted", "accepted"]
    assert [event.id for event in desk.events[3:]] == [event.id for event in desk.events[1:3]]


def test_partly_told_by_the_client(desk):
    desk.show("return 1")
    desk.ledger.partly(URI, "return 1", 6)
    assert (desk.events[-1].what, desk.events[-1].by) == ("partly", "notification")
    assert desk.events[-1].characters == 6


def test_what_nobody_was_shown(desk):
    """A client may tell anything."""
    for uri, text in ((URI, "x"), (URI, ""), ("file:///b.py", "return 1")):
        desk.ledger.accepted(uri, text)
        desk.ledger.partly(uri, text, 1)
    desk.show("return 1")
    desk.ledger.accepted(URI, "")
    assert desk.heard == ["shown"]


def test_a_closed_document_is_not_known_to_be_anything(desk):
    desk.show("return 1")
    desk.edit((13, 13, "return 1"))
    desk.documents.close(URI)
    desk.pass_by(300)
    assert desk.heard == ["shown", "accepted"]


def test_switched_off_nothing_is_kept(desk):
    desk.ledger.enabled = False
    desk.show("return 1")
    desk.edit((13, 13, "return 1"))
    assert desk.events == []


def test_neither_text_nor_name_is_kept(desk):
    """The promise that people read first."""
    desk.documents.open(TextDocumentItem(URI, "/home/me/Secret Plan", 1, "hunter2 " * 4))
    desk.ledger.engine("ready", "/home/me/models/tuned")
    desk.show("hunter2_suggested", offset=3)
    desk.edit((3, 3, "hunter2_suggested"))
    desk.pass_by(300)
    kept = "".join(map(repr, desk.events)).lower()
    assert len(desk.events) == 4
    assert not [
        word for word in ("hunter", "suggest", "a.py", "home", "secret", "tuned") if word in kept
    ]


def test_several_next_edits_at_once(desk):
    """The second took the first one's place, and its acceptance was nobody's."""
    snapshot = desk.documents.get(URI)
    found = [Suggestion(NEXT_EDIT, start, start + 1, ("zz",)) for start in (0, 4)]
    desk.ledger.shown(snapshot, *found)
    desk.ledger.shown(snapshot, *found)
    assert desk.heard == ["shown", "shown"]
    desk.edit((0, 1, "zz"))
    desk.edit((5, 6, "zz"))
    assert desk.heard == ["shown", "shown", "accepted", "accepted"]
    assert desk.events[2].id != desk.events[3].id

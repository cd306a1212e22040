"""The judge of a server: every fault it is there for is found, and nothing else is."""

import pytest

from diffgem_engine.evaluation.replay.buffer import Buffer
from diffgem_engine.evaluation.replay.keys import Key
from diffgem_engine.evaluation.replay.session import Reply
from diffgem_engine.evaluation.replay.telling import TellingBackend
from diffgem_engine.evaluation.replay.verdicts import CANCELLED, Asked, Verdicts
from diffgem_engine.protocol import Hole, Infill

URI = "file:///a.py"


class Judge:
    """The engine was asked once, at the end of `x = `; the document is as it was then."""

    def __init__(self):
        self.engine = TellingBackend()
        self.engine.asked.append(Infill(1, "x = ", "\ny", (Hole(4),)))
        self.verdicts = Verdicts(self.engine)
        self.buffer = Buffer(URI, "python", "x = \ny", cursor=4)
        self.number = 0

    def expect(self, *, document=False):
        self.number += 1
        self.verdicts.expect(self.number, Asked.of(self.buffer, document=document))
        return self.number

    def hear(self, number, result=None, error=None):
        self.verdicts.take(number, Reply(result, error, 0.0))

    def items(self, text):
        here = self.buffer.position(self.buffer.cursor)
        return {"items": [{"insertText": text, "range": {"start": here, "end": here}}]}

    def document(self):
        return {"version": self.buffer.version, "text": self.buffer.text}

    @property
    def faults(self):
        return [fault.split(":")[0] for fault in self.verdicts.faults]


@pytest.fixture
def judge():
    return Judge()


def test_what_is_in_order(judge):
    """A check that complains of everything says nothing."""
    judge.hear(judge.expect(), judge.items("q0end"))
    judge.hear(judge.expect(), {"items": []})
    judge.hear(judge.expect(), None)
    judge.hear(judge.expect(document=True), judge.document())
    number = judge.expect()
    judge.verdicts.cancelled(number)
    judge.hear(number, error={"code": CANCELLED, "message": ""})
    judge.buffer.apply(Key(4, 0, "q0"))
    judge.hear(judge.expect(), judge.items("end"))
    assert judge.faults == []
    assert judge.verdicts.counts["reused"] == 1


@pytest.mark.parametrize("text", ["q0en", "nd", "q0endq0end", "other", "0end"])
def test_foreign_text(judge, text):
    """What nobody made for this place."""
    judge.hear(judge.expect(), judge.items(text))
    assert judge.faults == ["foreign"]


@pytest.mark.parametrize("key", [Key(0, 1, "z"), Key(5, 1, "z"), Key(4, 0, "!")])
def test_text_that_was_made_for_another_text(judge, key):
    """What was made before an edit, beside the cursor or behind it."""
    judge.buffer.apply(key)
    judge.buffer.cursor = 5 if key.inserted == "!" else 4
    judge.hear(judge.expect(), judge.items("q0end"))
    assert judge.faults == ["foreign"]


def test_a_late_reply(judge):
    """Text for version 1, after the server has said that it has version 2."""
    late = judge.expect()
    reply = judge.items("q0end")
    judge.buffer.apply(Key(5, 0, "z"))
    judge.hear(judge.expect(document=True), judge.document())
    judge.hear(late, reply)
    assert judge.faults == ["late"]


def test_another_document_than_the_editors(judge):
    judge.hear(judge.expect(document=True), {**judge.document(), "text": "x"})
    judge.hear(judge.expect(document=True), {**judge.document(), "version": 9})
    assert judge.faults == ["text"] * 2


def test_a_place_that_is_not_the_cursor(judge):
    reply = judge.items("q0end")
    reply["items"][0]["range"]["end"] = {"line": 1, "character": 0}
    judge.hear(judge.expect(), reply)
    assert judge.faults == ["place"]


def test_errors_that_nobody_asked_for(judge):
    judge.hear(judge.expect(), error={"code": CANCELLED, "message": ""})
    number = judge.expect()
    judge.verdicts.cancelled(number)
    judge.hear(number, error={"code": -32603, "message": ""})
    assert judge.faults == ["error"] * 2

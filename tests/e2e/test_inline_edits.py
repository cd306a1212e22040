"""Code actions and several cursors, through the real server, the real engine and its own model.

What the model says varies with its training: these tests hold whatever it says.
"""

import asyncio

import pytest
from editor import Refused, answer
from lsprotocol.types import Position
from real import health

from diffgem_lsp.snapshots import Snapshot
from diffgem_lsp.syntax.scopes import error_count

URI = "file:///basket.py"
SOURCE = '''"""A shop — ☕ and 🍰."""


def total(prices, tax):
    result = 0
    for price in prices:
        result += price
    return result * (1 + tax)


class Basket:
    def __init__(self, owner):
        self.owner = owner
        self.prices = []

    def add(self, price):
        pass

    def count(self):
        # TODO: how many prices there are

    def total(self, tax=0.1):
        return total(self.prices, tax)
'''
CANCELLED, FAILED = -32800, -32803


@pytest.fixture
async def editor(box):
    async with box.edited(engineCommand=None) as (editor, _):
        editor.open(URI, SOURCE, "python")
        yield editor


def place(text, words):
    snapshot = Snapshot.of(text, 0, "python")
    at = snapshot.position(text.index(words))
    return {"line": at.line, "character": at.character}


async def listed(editor, words, to=None):
    where = {"start": place(SOURCE, words), "end": place(SOURCE, to or words)}
    context = {"diagnostics": [{"range": where, "message": "something is wrong here"}]}
    found = await editor.ask(
        "textDocument/codeAction", textDocument={"uri": URI}, range=where, context=context
    )
    return {each["title"]: each for each in found}


async def chosen(editor, command):
    """The text after the action, or the reason why there is none; one reply either way."""
    number, reply = editor.begin("workspace/executeCommand", command)
    asked = asyncio.ensure_future(editor.asked("workspace/applyEdit"))
    await asyncio.wait({asked, reply}, return_when=asyncio.FIRST_COMPLETED)
    if not asked.done():
        asked.cancel()
        with pytest.raises(Refused) as refused:
            await answer(reply)
        assert refused.value.code == FAILED
        return None, str(refused.value)
    request = asked.result()
    editor.send(id=request["id"], result={"applied": True})
    await answer(reply)
    assert len(editor.replies[number]) == 1
    return applied(request["params"]["edit"]["changes"][URI]), ""


def applied(edits):
    snapshot = Snapshot.of(SOURCE, 0, "python")
    text = SOURCE
    for edit in sorted(edits, key=lambda each: by_place(each["range"]["start"]), reverse=True):
        start, end = (
            snapshot.offset_of(Position(**edit["range"][name])) for name in ("start", "end")
        )
        text = text[:start] + edit["newText"] + text[end:]
    return text


def by_place(position):
    return position["line"], position["character"]


def errors(text):
    return error_count(Snapshot.of(text, len(text), "python").tree)


async def test_each_action_leaves_the_rest_as_it_is_or_says_why(editor):
    """Guards text in the wrong place, code that does not parse, and an edit of nothing."""
    for title, words, to in (
        ("Fill this hole", "pass\n", None),
        ("Fill this hole", "# TODO", None),
        ("Write the documentation", "def total(prices", None),
        ("Regenerate the selection", "result += price", "\n    return result"),
        ("Fix: something is wrong here", "self.prices = []", "\n\n    def add"),
    ):
        found = await listed(editor, words, to)
        text, reason = await chosen(editor, found[title])
        if text is None:
            assert reason.startswith(f"{title}: ")
            continue
        before, after = SOURCE[: SOURCE.index(words)], SOURCE[SOURCE.index("    def total(self") :]
        assert text != SOURCE
        assert text.startswith(before)
        assert text.endswith(after)
        assert errors(text) <= errors(SOURCE)


async def test_several_cursors_have_texts_of_their_own(editor):
    ends = [place(SOURCE, words) for words in ("0\n    for", "owner\n", "[]\n")]
    reply = await editor.ask(
        "diffgem/infillHoles", textDocument={"uri": URI, "version": 1}, positions=ends
    )
    assert [each["range"]["start"] for each in reply["items"]] == ends
    for item in reply["items"]:
        assert bool(item["insertText"]) != ("reason" in item)


async def test_a_cancel_reaches_the_engine(editor, box):
    """Guards an engine that goes on for nobody."""
    action = (await listed(editor, "pass\n"))["Fill this hole"]
    number, reply = editor.begin("workspace/executeCommand", action)
    applied = editor.requests["workspace/applyEdit"]  # it was sooner done than looked at
    while not (await health(box))["active_requests"] and not reply.done() and applied.empty():
        pass
    editor.notify("$/cancelRequest", id=number)
    while (await health(box))["active_requests"]:
        pass
    assert reply.done() or (await reply)
    assert len(editor.replies[number]) == 1

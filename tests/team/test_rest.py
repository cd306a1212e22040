"""An engine that has asked for rest gets it from who types, and works for who asks by hand."""

import asyncio

import pytest
from editor import edited_here
from fakes import FakeBackend
from running import serving

from diffgem_engine.backends import RequestError
from diffgem_lsp.engine import client as engine_client
from diffgem_lsp.engine.timing import Timing
from diffgem_lsp.features.next_edits import INLINE_EDIT

URI, INVOKED = "file:///a.txt", 1


class Weary(FakeBackend):
    """Refuses while `refusal` is set; `asked` are the prefixes of what it was asked."""

    def __init__(self):
        super().__init__()
        self.refusal, self.asked = None, []

    async def infill(self, request, on_progress):
        self.asked.append(request.prefix)
        return await self._unless_weary(super().infill(request, on_progress))

    async def review(self, request):
        self.asked.append(request.code)
        return await self._unless_weary(super().review(request))

    async def _unless_weary(self, work):
        if self.refusal is not None:
            work.close()
            raise self.refusal
        return await work


@pytest.fixture
async def desk(monkeypatch, clock):
    monkeypatch.setattr(engine_client, "Timing", lambda: Timing(clock=lambda: clock[0]))
    backend = Weary()
    async with serving(backend=backend) as engine, edited_here() as (editor, _):
        await editor.initialize(engineSocket=str(engine.path), candidates=1)
        editor.open(URI, "ab\ncd\nef")
        yield editor, backend


@pytest.fixture
def clock():
    return [1000.0]


async def texts(editor, line, **context):
    reply = await editor.complete(URI, line, 2, **context)
    return [each["insertText"] for each in reply["items"]]


async def reason(editor):
    async with asyncio.timeout(20):
        while (found := await editor.ask("diffgem/status")).get("state") == "busy":
            pass
    return found.get("reason", "")


@pytest.mark.parametrize("code", ["rate-limited", "overloaded"])
async def test_who_types_does_not_ask_again_before_its_time(desk, clock, code):
    """Each key was one more request to an engine that had too many."""
    editor, backend = desk
    backend.refusal = RequestError(code, "too much: ask again in 7.0 s", 7.0)
    assert await texts(editor, 0) == []
    asked = len(backend.asked)
    assert asked >= 1
    assert "too much" in await reason(editor)
    backend.refusal = None
    assert await texts(editor, 1) == []
    assert await reason(editor) == (
        "the engine asks for 7 s of rest: until then it is asked only when you ask by hand"
    )
    assert len(backend.asked) == asked
    clock[0] += 7.5
    assert await texts(editor, 1) != []
    assert await reason(editor) == ""


async def test_who_asks_by_hand_is_not_kept_waiting(desk):
    editor, backend = desk
    backend.refusal = RequestError("overloaded", "too much", 30.0)
    await texts(editor, 0)
    backend.refusal = None
    assert await texts(editor, 1, triggerKind=INVOKED) != []
    assert await texts(editor, 2) == []


async def test_a_refusal_that_names_no_time_asks_for_no_rest(desk):
    """Of a request that is wrong in itself, the next one is not."""
    editor, backend = desk
    backend.refusal = RequestError("overloaded", "this one is too large for the device")
    await texts(editor, 0)
    backend.refusal = None
    assert await texts(editor, 1) != []


async def test_no_engine_rests_for_an_hour(desk, clock):
    """A gateway's upstream that said so kept ghost text away until the editor was started anew."""
    editor, backend = desk
    backend.refusal = RequestError("overloaded", "too much", 3600.0)
    await texts(editor, 0)
    backend.refusal = None
    clock[0] += 61
    assert await texts(editor, 1) != []


async def test_next_edits_let_it_rest_too(desk):
    """They come by themselves after each pause in the typing."""
    editor, backend = desk
    slipped, source = "+ value " * 14 + "+ valeu\nx = 1", "file:///a.py"
    editor.open(source, slipped, "python")
    editor.change(source, 1, 5, "2")
    backend.refusal = RequestError("rate-limited", "too much", 30.0)
    await texts(editor, 0)
    backend.refusal = None
    asked = len(backend.asked)
    document = {"uri": source, "version": 2}
    where = {"textDocument": document, "position": {"line": 0, "character": 0}}
    await editor.ask(INLINE_EDIT, **where, context={"triggerKind": 2})
    assert len(backend.asked) == asked
    await editor.ask(INLINE_EDIT, **where, context={"triggerKind": INVOKED})
    assert len(backend.asked) > asked

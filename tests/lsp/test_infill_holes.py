"""Several cursors at once: one canvas where they fit one, and each its own text."""

import asyncio

import pytest
from editor import Refused, answer, edited_here
from lsprotocol.types import Position, Range
from running import serving
from scripted import Scripted

from diffgem_engine.protocol import Hole, Pinned
from diffgem_lsp.actions.asking import HEAD, together
from diffgem_lsp.actions.generating import SEEDS
from diffgem_lsp.actions.holes import holes_of
from diffgem_lsp.snapshots import Snapshot

URI = "file:///a.py"
TEXT = "aa = \nbb = \ncc = \n"
METHOD = "diffgem/infillHoles"
INVALID, CANCELLED, MODIFIED, FAILED = -32602, -32800, -32801, -32803


def at(line, character):
    return {"line": line, "character": character}


@pytest.fixture
async def editing():
    """An editor with the document open, and the backend."""
    backend = Scripted([("1", "2", "3")], device="cuda")
    async with serving(backend=backend) as running, edited_here() as (editor, _):
        await editor.initialize(engineSocket=str(running.path))
        editor.open(URI, TEXT, "python")
        yield editor, backend


async def asked(editor, *positions, **document):
    document = {"uri": URI, "version": 1, **document}
    return (await editor.ask(METHOD, textDocument=document, positions=list(positions)))["items"]


async def test_they_are_denoised_together(editing):
    """Complaint 19: the same text at every cursor.  The answers stand in the order asked."""
    editor, backend = editing
    items = await asked(editor, at(2, 5), at(0, 5), at(1, 5))
    assert [each["insertText"] for each in items] == ["3", "1", "2"]
    assert [each["range"]["start"]["line"] for each in items] == [2, 0, 1]
    assert all(each["confidence"] == 0.5 for each in items)
    [request] = backend.asked
    assert (request.prefix, request.suffix) == ("aa = ", "\n")
    assert [type(each) for each in request.canvas] == [Hole, Pinned, Hole, Pinned, Hole]
    assert [each.text for each in request.canvas[1::2]] == ["\nbb = ", "\ncc = "]


@pytest.mark.parametrize(("device", "together"), [("cpu", None), ("cuda", False)])
async def test_in_turn_each_sees_what_was_written(device, together):
    """On a CPU a long canvas costs more than it is worth, unless the client wants it."""
    backend = Scripted(["1"], ["2"], ["3"], device=device)
    async with serving(backend=backend) as running, edited_here() as (editor, _):
        await editor.initialize(engineSocket=str(running.path))
        editor.open(URI, TEXT, "python")
        params = {"textDocument": {"uri": URI}, "positions": [at(0, 5), at(2, 5), at(1, 5)]}
        items = (await editor.ask(METHOD, **params, together=together))["items"]
        assert [each["insertText"] for each in items] == ["1", "3", "2"]
        assert [each["range"]["start"]["line"] for each in items] == [0, 2, 1]
        assert [each.prefix for each in backend.asked] == [
            "aa = ", "aa = 1\nbb = ", "aa = 1\nbb = 2\ncc = ",
        ]  # fmt: skip
        backend.answers = [[("4", "5", "6")]]
        items = (await editor.ask(METHOD, **params, together=True))["items"]
        assert [each["insertText"] for each in items] == ["4", "6", "5"]


async def test_what_is_selected_is_replaced(editing):
    editor, backend = editing
    backend.answers = [[("a", "b")]]
    ranges = [{"start": at(0, 0), "end": at(0, 2)}, {"start": at(1, 0), "end": at(1, 2)}]
    [one, two] = await asked(editor, *ranges)
    assert (one["insertText"], two["insertText"]) == ("a", "b")
    assert (one["range"], two["range"]) == (ranges[0], ranges[1])
    [request] = backend.asked
    assert request.canvas[1].text == " = \n"


async def test_each_is_judged_where_it_stands(editing):
    """Guards one bad text that takes the others with it: its hole is asked for alone."""
    editor, backend = editing
    backend.answers = [[("1", "((", "3")], ["2"]]
    items = await asked(editor, at(0, 5), at(1, 5), at(2, 5))
    assert [each["insertText"] for each in items] == ["1", "2", "3"]
    assert [len(each.canvas) for each in backend.asked] == [5, 1]


async def test_a_hole_that_nothing_fits_says_why(editing):
    editor, backend = editing
    backend.answers = [[("1", "((", "3")], ["))"]]
    items = await asked(editor, at(0, 5), at(1, 5), at(2, 5))
    assert (items[1]["insertText"], "reason" in items[0]) == ("", False)
    assert "would have been a syntax error" in items[1]["reason"]
    assert [each.seeds for each in backend.asked] == [1, 1, SEEDS]


async def test_holes_too_far_apart_have_canvases_of_their_own(editing):
    editor, backend = editing
    backend.answers = [[("1", "2")], ["3"]]
    far = f"aa = \nbb = \n{'x = 1  # a' * 300}\ncc = \n"
    editor.open(URI, far, "python", version=7)
    items = await asked(editor, at(0, 5), at(1, 5), at(3, 5), version=7)
    assert [each["insertText"] for each in items] == ["1", "2", "3"]
    assert sorted(len(each.canvas) for each in backend.asked) == [1, 3]


@pytest.mark.parametrize(("lines", "title"), [([0], "Fill the hole"), ([0, 2], "Fill 2 holes")])
def test_what_the_editor_shows_while_they_are_filled(lines, title):
    places = [Position(line, 5) for line in lines]
    offer, _ = holes_of(Snapshot.of(TEXT, 0, "python"), [Range(each, each) for each in places])
    assert offer.title == title


def test_as_few_canvases_as_it_takes():
    """Guards canvases that are too long, and holes that are left out."""
    assert together([], [22], 256) == [range(0, 1)]
    assert together([10, 10], [22, 22, 22], 256) == [range(0, 3)]
    most = 256 - HEAD
    assert together([most - 44], [22, 22], 256) == [range(0, 2)]
    assert together([most - 43], [22, 22], 256) == [range(0, 1), range(1, 2)]
    assert together([1] * 9, [54] * 10, 256) == [range(0, 4), range(4, 8), range(8, 10)]


async def test_an_engine_that_fills_one_hole_alone(editing):
    """Guards silence with an instruction-tuned checkpoint, whose format refuses several."""
    editor, backend = editing
    backend.refuses_several = True
    backend.answers = [["7"]]
    items = await asked(editor, at(0, 5), at(1, 5))
    assert [each["insertText"] for each in items] == ["7", "7"]


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"textDocument": {"uri": URI}},
        {"textDocument": {"uri": URI}, "positions": []},
        {"textDocument": {"uri": URI}, "positions": [{"line": 0}]},
        {"textDocument": {"uri": URI}, "positions": [{"line": -1, "character": 0}]},
        {"textDocument": {"uri": 5}, "positions": [at(0, 0)]},
        {"textDocument": {"uri": URI}, "positions": [at(0, 0)], "together": "yes"},
        {"textDocument": {"uri": URI}, "positions": [at(0, 0)] * 65},
        {"textDocument": {"uri": URI},
         "ranges": [{"start": at(0, 0), "end": at(0, 3)}, {"start": at(0, 1), "end": at(0, 4)}]},
        {"textDocument": {"uri": URI}, "ranges": [{"start": at(0, 3), "end": at(0, 0)}]},
    ],
)  # fmt: skip
async def test_what_does_not_parse_is_answered(editing, params):
    editor, backend = editing
    with pytest.raises(Refused) as refused:
        await editor.ask(METHOD, **params)
    assert refused.value.code == INVALID
    assert backend.asked == []


async def test_another_version_is_stale(editing):
    editor, backend = editing
    for document in ({"version": 2}, {"uri": "file:///other.py"}):
        with pytest.raises(Refused) as refused:
            await asked(editor, at(0, 5), **document)
        assert refused.value.code == MODIFIED
    assert backend.asked == []


async def test_a_cancel_ends_all_of_them(editing):
    editor, backend = editing
    backend.hanging = True
    params = {"textDocument": {"uri": URI}, "positions": [at(0, 5), at(1, 5)]}
    number, reply = editor.begin(METHOD, params)
    await backend.started.get()
    editor.notify("$/cancelRequest", id=number)
    with pytest.raises(Refused) as refused:
        await answer(reply)
    assert refused.value.code == CANCELLED
    async with asyncio.timeout(10):
        await backend.cancelled.get()
    assert len(editor.replies[number]) == 1


async def test_nothing_at_all_is_an_error_with_its_reason(editing):
    editor, backend = editing
    backend.answers = [[]]
    with pytest.raises(Refused, match="the model proposes nothing") as refused:
        await asked(editor, at(0, 5), at(1, 5))
    assert refused.value.code == FAILED

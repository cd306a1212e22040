"""How a code action ends: taken, cancelled, stale, refused."""

import pytest
from action_editor import (
    CANCELLED,
    FAILED,
    MODIFIED,
    OLD,
    TEXT,
    URI,
    chosen,
    editing,
    fill,
    listed,
    place,
)
from editor import Refused, answer, edited_here

from diffgem_lsp.actions.several import DEADLINE_MS


async def test_what_becomes_of_an_action_is_counted():
    """By the action's own command, which clients run once its edit is made."""
    async with editing() as (editor, backend):
        done = await editor.ask("codeAction/resolve", **await fill(editor))
        [edit] = done["edit"]["documentChanges"][0]["edits"]
        editor.notify(
            "textDocument/didChange",
            textDocument={"uri": URI, "version": 2},
            contentChanges=[{"range": edit["range"], "text": edit["newText"]}],
        )
        await editor.ask("workspace/executeCommand", **done["command"])
        shown, *fates = backend.counted
        assert (shown.kind, shown.hole, shown.trigger) == ("code action", "fill", "invoked")
        assert {"accepted"} == {fate.what for fate in fates if fate.id == shown.id}


async def test_an_edit_that_the_editor_does_not_take_is_told():
    async with editing(capabilities=OLD) as (editor, _):
        _, reply = editor.begin("workspace/executeCommand", (await fill(editor))["command"])
        request = await editor.asked("workspace/applyEdit")
        editor.send(id=request["id"], result={"applied": False, "failureReason": "read only"})
        said = r"the editor did not take the edit \(read only\): ask again"
        with pytest.raises(Refused, match=said) as refused:
            await answer(reply)
        assert refused.value.code == FAILED


async def test_a_document_that_has_moved_on():
    """Guards an edit at places that are elsewhere by now, a repeated version included."""
    async with editing() as (editor, backend):
        for version in (2, 1):
            action = await fill(editor)
            editor.change(URI, 0, 0, "\n", version=version)
            editor.change(URI, 0, 0, "", version=version)
            with pytest.raises(Refused) as refused:
                await editor.ask("codeAction/resolve", **action)
            assert refused.value.code == MODIFIED
            editor.open(URI, TEXT, "python")
        assert backend.asked == []


async def test_an_edit_meanwhile_ends_the_work():
    async with editing() as (editor, backend):
        backend.hanging = True
        number, reply = editor.begin("codeAction/resolve", await fill(editor))
        await backend.started.get()
        editor.change(URI, 0, 0, "# more\n")
        assert await given_up_with(editor, backend, number, reply) == MODIFIED


@pytest.mark.parametrize("how", ["request", "progress"])
async def test_a_cancel_ends_the_work(how):
    """Guards an engine that goes on for nobody, and a second reply."""
    async with editing() as (editor, backend):
        backend.hanging = True
        number, reply = editor.begin("codeAction/resolve", await fill(editor))
        await cancel(editor, backend, number, how)
        assert await given_up_with(editor, backend, number, reply) == CANCELLED


@pytest.mark.parametrize("how", ["request", "progress"])
async def test_a_cancelled_command_applies_nothing(how):
    """pygls answers a command that is cancelled, and lets it go on."""
    capabilities = {**OLD, "window": {"workDoneProgress": True}}
    async with editing(capabilities=capabilities) as (editor, backend):
        backend.hanging = True
        number, reply = editor.begin("workspace/executeCommand", (await fill(editor))["command"])
        await cancel(editor, backend, number, how)
        assert await given_up_with(editor, backend, number, reply) == CANCELLED


async def test_a_shutdown_amid_a_command_is_answered():
    """pygls' own trips over a request that ends as it is cancelled."""
    async with editing(capabilities=OLD) as (editor, backend):
        backend.hanging = True
        number, reply = editor.begin("workspace/executeCommand", (await fill(editor))["command"])
        await backend.started.get()
        assert await editor.ask("shutdown") is None
        with pytest.raises(Refused) as refused:
            await answer(reply)
        assert refused.value.code == CANCELLED
        assert len(editor.replies[number]) == 1


async def given_up_with(editor, backend, number, reply):
    """The code of the only reply; the engine has given up by then."""
    with pytest.raises(Refused) as caught:
        await answer(reply)
    await backend.cancelled.get()
    assert len(editor.replies[number]) == 1
    return caught.value.code


async def cancel(editor, backend, number, how):
    await backend.started.get()
    request = await editor.asked("window/workDoneProgress/create")
    if how == "request":
        editor.notify("$/cancelRequest", id=number)
        return
    editor.send(id=request["id"], result=None)
    assert (await editor.asked("$/progress"))["params"]["value"]["kind"] == "begin"
    editor.notify("window/workDoneProgress/cancel", token=request["params"]["token"])


async def test_progress_begins_and_ends():
    """Guards a bar that stays on the screen for ever, where the editor answers late as well."""
    async with editing() as (editor, backend):
        backend.hanging = True
        _, reply = editor.begin("codeAction/resolve", await fill(editor))
        await backend.started.get()
        request = await editor.asked("window/workDoneProgress/create")
        editor.send(id=request["id"], result=None)
        begun = (await editor.asked("$/progress"))["params"]
        assert (begun["value"]["kind"], begun["value"]["cancellable"]) == ("begin", True)
        editor.change(URI, 0, 0, "\n")
        assert (await editor.asked("$/progress"))["params"]["value"]["kind"] == "end"
        with pytest.raises(Refused):
            await answer(reply)
        backend.hanging = False
        await editor.ask("codeAction/resolve", **await chosen(
            editor, "Fill this hole", place(2, 6)))  # fmt: skip
        late = await editor.asked("window/workDoneProgress/create")
        editor.send(id=late["id"], result=None)
        for kind in ("begin", "end"):
            told = (await editor.asked("$/progress"))["params"]
            assert (told["token"], told["value"]["kind"]) == (late["params"]["token"], kind)


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ([[]], "the model proposes nothing"),
        ([["pass"]], "the model would leave it as it is"),
        ([["return (((", "return )"]], "would have been a syntax error"),
        ([["a.b" + ".a.b" * 20]], "repeats itself"),
    ],
)
async def test_nothing_good_enough_is_an_error_with_its_reason(answers, reason):
    """Guards an empty edit, after which nobody knows what happened."""
    async with editing(*answers) as (editor, backend):
        with pytest.raises(Refused, match=f"Fill this hole: .*{reason}") as refused:
            await editor.ask("codeAction/resolve", **await fill(editor))
        assert refused.value.code == FAILED
        assert [each.seeds for each in backend.asked] == [1, 4]
        first, last = (each.deadline_ms for each in backend.asked)
        assert 0 < last < first <= DEADLINE_MS


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"enabled": False}, "DiffGem is switched off: set `enabled` to true"),
        ({"engineSocket": "ftp://here"}, "there is no engine yet: ask again in a moment, or see"),
    ],
)
async def test_without_an_engine_the_reason_is_told(options, reason):
    """Who had switched it off was told to wait."""
    async with edited_here() as (editor, _):
        await editor.initialize(**options)
        editor.open(URI, TEXT, "python")
        with pytest.raises(Refused, match="is not open"):
            await listed(editor, place(0, 0), uri="file:///other.py")
        where = {"range": place(1, 4, 1, 8), "textDocument": {"uri": URI}}
        arguments = [URI, where["range"], "double it"]
        with pytest.raises(Refused, match=reason) as refused:
            await editor.ask(
                "workspace/executeCommand", command="diffgem.rewrite", arguments=arguments
            )
        assert refused.value.code == FAILED

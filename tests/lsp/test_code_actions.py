"""Code actions through the server: what is listed, and what a resolve answers."""

import pytest
from action_editor import (
    FAILED,
    FILLED,
    INVALID,
    OLD,
    PLAIN,
    URI,
    chosen,
    editing,
    fill,
    listed,
    place,
)
from editor import Refused, answer, edited_here


async def test_they_are_listed_without_the_engine():
    """Guards a menu that waits for a model."""
    async with editing() as (editor, backend):
        found = await listed(editor, place(1, 6))
        assert [each["title"] for each in found] == ["Fill this hole", "Write the documentation"]
        assert found[0]["kind"] == "refactor.rewrite.diffgem.fill"
        assert "edit" not in found[0]
        assert "command" not in found[0]
        assert found[0]["data"]["openings"][0]["start"] == {"line": 1, "character": 4}
        assert backend.asked == []


async def test_they_are_advertised():
    async with edited_here() as (editor, _):
        capabilities = await editor.initialize(enabled=False)
    provider = capabilities["codeActionProvider"]
    assert provider["resolveProvider"] is True
    assert {"quickfix", "refactor.rewrite"} <= set(provider["codeActionKinds"])


@pytest.mark.parametrize(
    ("uri", "options"),
    [
        ("file:///.env", {}),
        (URI, {"codeActions": False}),
        (URI, {"enabled": False}),
        (URI, {"maxFileCharacters": 5}),
    ],
)
async def test_nothing_is_listed_where_it_is_off(uri, options):
    """Guards an excluded file, of which an action would send every line."""
    async with editing(uri=uri, **options) as (editor, _):
        assert await listed(editor, place(1, 6), uri=uri) == []


async def test_a_resolve_gives_a_versioned_edit():
    """Guards an edit for another text than the editor has, and more text than changes."""
    async with editing() as (editor, backend):
        done = await editor.ask("codeAction/resolve", **await fill(editor))
        [change] = done["edit"]["documentChanges"]
        assert change["textDocument"] == {"uri": URI, "version": 1}
        [edit] = change["edits"]
        assert (edit["range"], edit["newText"]) == (place(1, 4, 1, 8), FILLED)
        annotation = done["edit"]["changeAnnotations"][edit["annotationId"]]
        assert annotation["needsConfirmation"] is False
        [request] = backend.asked
        assert request.prefix == "def total(prices):\n    "
        assert request.suffix == "\n"


async def test_what_replaces_code_is_to_be_confirmed():
    """Guards a model that overwrites what somebody wrote, unseen."""
    async with editing(text="x = aa + b\n") as (editor, backend):
        backend.answers = [["aa - b"]]
        where = place(0, 4, 0, 10)
        action = await chosen(editor, "Regenerate the selection", where)
        done = await editor.ask("codeAction/resolve", **action)
        [edit] = done["edit"]["documentChanges"][0]["edits"]
        assert (edit["range"], edit["newText"]) == (place(0, 7, 0, 8), "-")
        [annotation] = done["edit"]["changeAnnotations"].values()
        assert annotation["needsConfirmation"] is True


async def test_a_client_without_annotations():
    async with editing(capabilities=PLAIN) as (editor, _):
        done = await editor.ask("codeAction/resolve", **await fill(editor))
        [edit] = done["edit"]["documentChanges"][0]["edits"]
        assert set(edit) == {"range", "newText"}
        assert "changeAnnotations" not in done["edit"]


async def test_a_client_that_cannot_resolve_gets_a_command():
    """Guards an entry that does nothing; the edit comes as a request of ours."""
    async with editing(capabilities=OLD) as (editor, _):
        action = await fill(editor)
        assert "data" not in action
        _, reply = editor.begin("workspace/executeCommand", action["command"])
        request = await editor.asked("workspace/applyEdit")
        [edit] = request["params"]["edit"]["changes"][URI]
        assert edit["newText"] == FILLED
        editor.send(id=request["id"], result={"applied": True})
        assert await answer(reply) is None


async def test_a_client_that_knows_commands_alone():
    async with editing(capabilities={}) as (editor, _):
        found = await listed(editor, place(1, 6))
        assert [each["command"] for each in found] == ["diffgem.runAction"] * 2


async def test_the_next_candidate_and_the_next_try():
    async with editing(["return (((", "return 1"]) as (editor, _):
        done = await editor.ask("codeAction/resolve", **await fill(editor))
        assert new_text(done) == "return 1"
    async with editing(["pass"], ["return 2"]) as (editor, backend):
        done = await editor.ask("codeAction/resolve", **await fill(editor))
        assert new_text(done) == "return 2"
        assert [each.seed for each in backend.asked] == [0, 1]


def new_text(action):
    [edit] = action["edit"]["documentChanges"][0]["edits"]
    return edit["newText"]


async def test_the_quotes_of_a_docstring_are_pinned():
    """Guards a docstring that does not end, and one whose second line is code."""
    for said, written in (
        ("Sum them.", '"""Sum them."""\n    '),
        ('Sum them."""\n    x = 1', '"""Sum them."""\n    '),
        ("Sum.\n\n    Of all prices.", '"""Sum.\n\n    Of all prices.\n    """\n    '),
        ("Sum.\nx = 1", '"""Sum."""\n    '),
    ):
        async with editing([said]) as (editor, backend):
            action = await chosen(editor, "Write the documentation", place(0, 0))
            assert new_text(await editor.ask("codeAction/resolve", **action)) == written
            assert backend.asked[0].prefix.endswith(':\n    """')
            assert backend.asked[0].suffix.startswith('"""\n    pass')


async def test_a_documentation_without_words():
    """A ruler of hyphens came as the documentation of a function."""
    async with editing(["#-----#", "- 1."]) as (editor, _):
        action = await chosen(editor, "Write the documentation", place(0, 0))
        with pytest.raises(Refused, match="the model finds no words"):
            await editor.ask("codeAction/resolve", **action)


async def test_a_syntax_error_is_mended_or_left():
    """Guards a fix after which the same thing is wrong: first the span is opened, then its line."""
    text = "def f(x:\n    return x\n"
    diagnostic = {"range": place(0, 5, 0, 8), "message": "'(' was never closed"}
    async with editing(["(x :"], ["def f(x):"], text=text) as (editor, backend):
        action = await chosen(
            editor, "Fix: '(' was never closed", place(0, 6), diagnostics=[diagnostic]
        )
        assert action["kind"] == "quickfix.diffgem"
        assert action["diagnostics"] == [diagnostic]
        done = await editor.ask("codeAction/resolve", **action)
        assert new_text(done) == ")"
        assert [each.prefix for each in backend.asked] == ["def f", ""]
    async with editing(["(x :"], text=text) as (editor, _):
        action = await chosen(
            editor, "Fix: '(' was never closed", place(0, 6), diagnostics=[diagnostic]
        )
        with pytest.raises(Refused) as refused:
            await editor.ask("codeAction/resolve", **action)
        assert refused.value.code == FAILED


async def test_a_long_selection_takes_several_canvases():
    """Guards a hole that is cut where a canvas ends, and seeds that fill one canvas alone."""
    text = "".join(f"value_{n} = {n}\n" for n in range(20))
    async with editing([""], text=text) as (editor, backend):
        where = place(0, 0, 20, 0)
        action = await chosen(editor, "Regenerate the selection", where)
        with pytest.raises(Refused, match="the model proposes nothing"):
            await editor.ask("codeAction/resolve", **action)
        [request] = backend.asked
        [hole] = request.canvas
        assert backend.welcome.max_slots < hole.slots <= backend.welcome.hole_slots
        assert request.prefix == ""


async def test_a_selection_that_says_what_to_do_is_rewritten():
    """Guards a comment for us that stays in the code."""
    text = "# diffgem: say it shorter\nx = 1 + 1\n"
    async with editing(["x = 2"], text=text, welcome={"instructions": True}) as (editor, backend):
        action = await chosen(editor, "Rewrite: say it shorter", place(0, 0, 2, 0))
        done = await editor.ask("codeAction/resolve", **action)
        assert new_text(done) == "x = 2"
        assert done["edit"]["documentChanges"][0]["edits"][0]["range"] == place(0, 0, 1, 9)
        assert backend.asked[0].instruction.startswith("say it shorter\n")


async def test_a_secret_stays_here():
    """Guards the instruction, which has the code in it, as a way around the guard."""
    secret = "ghp_" + "a1B2c3D4e5F6" * 3
    text = f"x = 1\ntoken = '{secret}'\n"
    async with editing(["x = 2"], text=text, welcome={"instructions": True}) as (editor, backend):
        for where, title in (
            (place(0, 0, 0, 5), "Regenerate the selection"),
            (place(0, 0, 2, 0), "Regenerate the selection"),
        ):
            await editor.ask("codeAction/resolve", **await chosen(editor, title, where))
        arguments = [URI, place(0, 0, 2, 0), "say it shorter"]
        _, reply = editor.begin(
            "workspace/executeCommand", {"command": "diffgem.rewrite", "arguments": arguments}
        )
        request = await editor.asked("workspace/applyEdit")
        editor.send(id=request["id"], result={"applied": True})
        await answer(reply)
        assert len(backend.asked) == 3
        assert secret not in repr(backend.asked)


async def test_what_other_files_have_is_shown_to_the_model():
    """Guards edits that know less of the project than ghost text does."""
    async with editing(contextTokens=300) as (editor, backend):
        other = "def total_of(prices, tax):\n    return sum(prices) * tax\n"
        editor.open("file:///tax.py", other, "python")
        await editor.ask("codeAction/resolve", **await fill(editor))
        assert "return sum(prices) * tax" in backend.asked[0].prefix
        assert backend.asked[0].prefix.endswith("def total(prices):\n    ")


async def test_line_ends_stay_the_documents():
    text = "def f():\r\n    # TODO: a\r\n    x = 1\r\n"
    async with editing(["a()\n    b()"], text=text) as (editor, _):
        action = await chosen(editor, "Fill this hole", place(1, 8))
        assert new_text(await editor.ask("codeAction/resolve", **action)) == (
            "\r\n    a()\r\n    b()"
        )


async def test_data_that_is_not_ours():
    """Guards a crash, and a request without a reply."""
    async with editing() as (editor, backend):
        action = await fill(editor)
        for broken in (
            None, 5, {}, {**action["data"], "uri": 5}, {**action["data"], "openings": []},
            {**action["data"], "action": "delete"}, {**action["data"], "openings": [7]},
            {**action["data"], "openings": action["data"]["openings"] * 2},
        ):  # fmt: skip
            with pytest.raises(Refused) as refused:
                await editor.ask("codeAction/resolve", **{**action, "data": broken})
            assert refused.value.code == INVALID
        assert backend.asked == []


async def test_a_rewrite_of_too_much_is_refused():
    text = "x = 1  # one\n" * 400
    async with editing(text=text, welcome={"instructions": True}) as (editor, backend):
        arguments = [URI, place(0, 0, 400, 0), "say it shorter"]
        said = "the selection is too long to be rewritten: select less"
        with pytest.raises(Refused, match=said):
            await editor.ask(
                "workspace/executeCommand", command="diffgem.rewrite", arguments=arguments
            )
        assert backend.asked == []


async def test_a_rewrite_says_what_to_do_and_shows_the_code():
    """Guards an instruction without its code, and one to a checkpoint that follows none."""
    arguments = [URI, place(0, 0, 1, 0), " make it shorter "]
    for follows in (False, True):
        async with editing(
            ["def total(ps):"], capabilities=OLD, welcome={"instructions": follows}
        ) as (editor, backend):
            _, reply = editor.begin(
                "workspace/executeCommand", {"command": "diffgem.rewrite", "arguments": arguments}
            )
            if not follows:
                with pytest.raises(Refused, match="follows no instructions"):
                    await answer(reply)
                assert backend.asked == []
                continue
            request = await editor.asked("workspace/applyEdit")
            [edit] = request["params"]["edit"]["changes"][URI]
            assert (edit["range"], edit["newText"]) == (place(0, 11, 0, 15), "")
            editor.send(id=request["id"], result={"applied": True})
            await answer(reply)
            assert backend.asked[0].instruction.startswith("make it shorter\n")
            assert backend.asked[0].instruction.endswith("def total(prices):")

"""What is explained is what is sent."""

import asyncio

import pytest
from attrs import evolve
from editor import Refused, edited_here

from diffgem_lsp.features.explain import EXPLAIN
from diffgem_lsp.privacy.redaction import MARK

MAIN = "from lib import helper\n\n\ndef main():\n    helper(\n"
LIB = "def helper(first, second):\n    return first\n"
INVALID_PARAMS = -32602


class Recorded:
    """The requests that the engine got."""

    def __init__(self, engine):
        self.requests, infill = [], engine.backend.infill

        async def record(request, on_progress):
            self.requests.append(request)
            return await infill(request, on_progress)

        engine.backend.infill = record


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    root = tmp_path / "root"
    root.mkdir()
    (root / "lib.py").write_text(LIB)
    (root / "main.py").write_text(MAIN)
    return root


async def explained(editor, uri, line, character):
    place = {"line": line, "character": character}
    return await editor.ask("workspace/executeCommand", command=EXPLAIN, arguments=[uri, place])


async def until_indexed(editor, uri):
    """Files are saved meanwhile."""
    async with asyncio.timeout(60):
        while "declarations" not in sources(await explained(editor, uri, 4, 11)):
            editor.notify("textDocument/didSave", textDocument={"uri": uri})


def sources(found):
    return {each["source"] for each in (*found["snippets"], *found["leftOut"])}


@pytest.mark.parametrize("first", ["explained", "sent"])
async def test_what_is_explained_is_what_is_sent(engine, root, first):
    recorded, uri = Recorded(engine), (root / "main.py").as_uri()
    async with edited_here() as (editor, _):
        await editor.initialize(root=root, engineSocket=str(engine.path))
        editor.open(uri, MAIN, "python")
        await until_indexed(editor, uri)
        editor.open(uri, MAIN, "python")  # nothing is known of what was sent
        if first == "sent":
            await editor.complete(uri, 4, 11)
        found = await explained(editor, uri, 4, 11)
        if first == "explained":
            await editor.complete(uri, 4, 11)
    (asked,) = recorded.requests[:1]
    assert (found["prefix"], found["suffix"]) == (asked.prefix, asked.suffix)
    assert tuple(found["drafts"]) == asked.drafts
    assert found["hole"]["slots"] == sum(each.slots for each in asked.canvas)
    (snippet, *_) = found["snippets"]
    assert (snippet["source"], snippet["file"]) == ("declarations", "lib.py")
    assert "imported" in snippet["reason"]
    assert found["tokens"]["prefix"] == len(asked.prefix)  # the fake counts characters
    assert found["budget"]["promptTokens"] == engine.backend.welcome.prompt_tokens


async def test_secrets_are_not_in_it(engine, root):
    """The explanation is a place where secrets could be read."""
    secret = "ghp_" + "aB3dE6gH9jK2" * 3
    recorded, uri = Recorded(engine), (root / "main.py").as_uri()
    text = f'TOKEN = "{secret}"\n' + MAIN
    async with edited_here() as (editor, _):
        await editor.initialize(root=root, engineSocket=str(engine.path))
        editor.open(uri, text, "python")
        await editor.complete(uri, 5, 11)
        found = await explained(editor, uri, 5, 11)
    assert secret not in str(found)
    assert found["redactions"] == 1
    assert MARK in found["prefix"] == recorded.requests[0].prefix


async def test_why_nothing_is_sent(engine, root):
    async with edited_here() as (editor, server):
        await editor.initialize(root=root, engineSocket=str(engine.path))
        env = (root / ".env").as_uri()
        editor.open(env, "A=1\n")
        assert "may hold secrets" in (await explained(editor, env, 0, 0))["reason"]
        server.set_options(evolve(server.options, enabled=False))
        await server.disconnect()
        editor.open((root / "main.py").as_uri(), MAIN, "python")
        found = await explained(editor, (root / "main.py").as_uri(), 0, 0)
        assert found == {"sent": False, "reason": "off"}


@pytest.mark.parametrize(
    "arguments",
    [
        None,
        [],
        ["file:///a.py"],
        [7, {"line": 0, "character": 0}],
        ["file:///a.py", {"line": -1, "character": 0}],
        ["file:///a.py", {"line": "0", "character": 0}],
        ["file:///a.py", {"line": 0}],
        ["file:///not/open.py", {"line": 0, "character": 0}],
    ],
)
async def test_what_makes_no_sense_is_refused(arguments):
    async with edited_here() as (editor, _):
        await editor.initialize(enabled=False)
        with pytest.raises(Refused) as refused:
            await editor.ask("workspace/executeCommand", command=EXPLAIN, arguments=arguments)
        assert refused.value.code == INVALID_PARAMS


async def test_each_source_can_be_switched_off(engine, root):
    """What was switched off was sent."""
    main, lib = ((root / name).as_uri() for name in ("main.py", "lib.py"))
    async with edited_here() as (editor, _):
        await editor.initialize(root=root, engineSocket=str(engine.path), contextTokens=200)
        editor.open(lib, "def one_more(helper, lib): return main\n" + LIB, "python")
        editor.open(main, MAIN, "python")
        editor.change(lib, 0, 0, "# changed\n")
        await until_indexed(editor, main)
        switches = ("contextDeclarations", "contextRecentEdits", "contextOpenFiles")
        seen = []
        for number in range(4):
            settings = dict.fromkeys(switches[:number], False)
            editor.notify(
                "workspace/didChangeConfiguration",
                settings={"diffgem": {**settings, "engineSocket": str(engine.path)}},
            )
            seen.append(sources(await explained(editor, main, 4, 11)))
    assert seen == [
        {"declarations", "recent edits", "open files"},
        {"recent edits", "open files"},
        {"open files"},
        set(),
    ]


async def test_diagnostics_that_came_with_code_actions(engine, root):
    """The editor's complaints never reached the model."""
    uri = (root / "main.py").as_uri()
    where = {"start": {"line": 4, "character": 4}, "end": {"line": 4, "character": 10}}
    told = {"range": where, "message": "helper is never called so", "severity": 1}
    async with edited_here() as (editor, _):
        await editor.initialize(engineSocket=str(engine.path))
        editor.open(uri, MAIN, "python")
        await editor.ask(
            "textDocument/codeAction",
            textDocument={"uri": uri},
            range=where,
            context={"diagnostics": [told]},
        )
        found = await explained(editor, uri, 4, 11)
        assert "# helper(\n#   helper is never called so\n" in found["prefix"]

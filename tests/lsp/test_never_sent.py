"""Through the whole server: what an engine at the other end of a socket never gets to see."""

import asyncio
import contextlib

import pytest
from editor import Refused, edited_here
from fakes import FakeBackend
from running import serving
from secret_samples import ANY, HUNTER, SAMPLES, left_of

from diffgem_lsp.engine.errors import Withheld

URI = "file:///split.py"
CODE = "import os\n\n\ndef double(values):\n    return [2 * v for v in values]\n"


class Recorder(FakeBackend):
    """All text that came."""

    def __init__(self):
        super().__init__()
        self.heard = []

    async def infill(self, request, on_progress):
        known = (getattr(part, "text", "") for part in request.canvas)
        starts = (getattr(part, "starts_with", "") for part in request.canvas)
        around = (request.prefix, request.suffix, request.instruction)
        self.heard.append("\n".join((*around, *request.drafts, *known, *starts)))
        return await super().infill(request, on_progress)

    async def review(self, request):
        self.heard.append("\n".join((request.prefix, request.code, request.suffix)))
        return await super().review(request)

    async def count(self, texts):
        self.heard.append("\n".join(texts))
        return await super().count(texts)


@pytest.fixture
async def engine():
    async with serving(backend=Recorder()) as running:
        yield running


@pytest.fixture
async def editor(engine):
    async with edited_here() as (editor, server):
        await editor.initialize(engineSocket=str(engine.path))
        editor.server = server
        yield editor


async def test_no_secret_of_any_document_is_sent(engine, editor):
    """From the text before and after the cursor, and from drafts, which copy lines."""
    for number, (language, text, secrets) in enumerate(SAMPLES):
        uri, heard = f"file:///s{number}.txt", len(engine.backend.heard)
        name = text.partition(secrets[0])[0].rpartition("\n")[2]
        editor.open(uri, f"{CODE}{text}\nx = 1\n{text}\n{name}\n{CODE}", language)
        below = len(CODE.splitlines()) + text.count("\n") + 1
        again = below + 1 + text.count("\n") + 1
        await editor.complete(uri, 0, 3)
        await editor.complete(uri, below, 4)  # between its two copies
        await editor.complete(uri, again, len(name))  # where the line is begun once more
        sent = "".join(engine.backend.heard[heard:])
        assert "x = 1" in sent
        assert not left_of(secrets, sent, around=text_without(text, secrets) + CODE)
    everything = "".join(engine.backend.heard)  # with what other open documents lent as context
    assert not [each for _, _, secrets in SAMPLES for each in secrets if each in everything]


def text_without(text, secrets):
    for secret in secrets:
        text = text.replace(secret, "")
    return text


async def test_a_secret_that_is_typed_is_not_sent(engine, editor):
    """Key by key, as an editor asks; and once it is there, it is not either."""
    uri, typed = "file:///a.py", 'token = "'
    editor.open(uri, f"{CODE}\n{typed}\n{CODE}", "python")
    line = CODE.count("\n") + 1
    for number, key in enumerate(ANY):
        editor.change(uri, line, len(typed) + number, key, number + 2)
        assert await editor.complete(uri, line, len(typed) + number + 1) == {"items": []}
    assert engine.backend.heard == []
    editor.change(uri, line, len(typed) + len(ANY), '"\nx', 99)
    await editor.complete(uri, line + 1, 1)
    assert engine.backend.heard
    assert not left_of([ANY], "".join(engine.backend.heard))


async def test_why_nothing_comes_is_logged(editor, caplog):
    caplog.set_level("INFO")
    editor.open("file:///a.py", f'password = "{HUNTER}"', "python")
    assert await editor.complete("file:///a.py", 0, 15) == {"items": []}
    assert "the cursor is in what looks like a password" in caplog.text
    assert HUNTER not in caplog.text


async def test_neither_reviews_nor_counts_say_them(engine, editor):
    client = editor.server.engine
    for _, text, secrets in SAMPLES:
        with pytest.raises(Withheld):
            await client.review(CODE, text + "\n", CODE)
        await client.review(text + "\n", "x = 1\n", text)
        await client.count([text, CODE])
        sent = "".join(engine.backend.heard)
        engine.backend.heard.clear()
        assert not left_of(secrets, sent, around=text_without(text, secrets) + CODE)


SPLIT = f'{CODE}\npassword = (\n    "{HUNTER}"\n)\n\n{CODE}'
NAME, VALUE = CODE.count("\n") + 1, CODE.count("\n") + 2  # lines


def lines_of(first, last, character=0):
    ends = {"line": first, "character": 0}, {"line": last, "character": character}
    return dict(zip(("start", "end"), ends, strict=True))


def complain(editor, uri, line, message):
    """As editors tell of diagnostics."""
    told = {"range": lines_of(line, line + 1), "message": message, "severity": 1}
    where = {"textDocument": {"uri": uri}, "range": lines_of(line, line)}
    return editor.ask("textDocument/codeAction", **where, context={"diagnostics": [told]})


async def test_what_stood_there_before_an_edit(engine, editor):
    """The line that was replaced was shown without the one above it, which says what it is."""
    editor.open(URI, SPLIT, "python")
    change = {"range": lines_of(VALUE, VALUE, 99), "text": "    read()"}
    editor.notify(
        "textDocument/didChange",
        textDocument={"uri": URI, "version": 2},
        contentChanges=[change],
    )
    await editor.complete(URI, 0, 3)
    assert "-     " in engine.backend.heard[-1]
    assert HUNTER not in "".join(engine.backend.heard)


@pytest.mark.parametrize("message", ["too long", f'"{HUNTER}" is not assignable to "int"'])
async def test_what_the_editor_complains_of(engine, editor, message):
    """A line without the one above it; or the secret in the words of a type checker."""
    editor.open(URI, SPLIT, "python")
    await complain(editor, URI, VALUE, message)
    await editor.complete(URI, VALUE + 2, 0)
    place = [URI, {"line": VALUE + 2, "character": 0}]
    shown = await editor.ask("workspace/executeCommand", command="diffgem.explain", arguments=place)
    assert engine.backend.heard
    assert HUNTER not in "".join((*engine.backend.heard, str(shown)))


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize(
    "ranges",
    [
        [(0, VALUE), (VALUE + 1, VALUE + 2)],  # pinned between two holes
        [(NAME, VALUE)],  # behind a hole
        [(NAME, VALUE, 6)],  # half of it
    ],
)
async def test_an_opened_name_does_not_lay_its_value_bare(engine, editor, ranges, together):
    """What says that a value is a password was in the hole, and the value no longer a secret."""
    editor.open(URI, SPLIT, "python")
    with contextlib.suppress(Refused):  # what comes of it does not matter
        await editor.ask(
            "diffgem/infillHoles",
            textDocument={"uri": URI},
            ranges=[lines_of(*each) for each in ranges],
            together=together,
        )
    assert engine.backend.heard
    assert not left_of([HUNTER], "".join(engine.backend.heard), around=CODE)


async def test_a_selected_value_is_not_counted_either(engine, editor):
    """How many tokens it has was asked with the value alone."""
    editor.open(URI, SPLIT, "python")
    where = {"textDocument": {"uri": URI}, "range": lines_of(VALUE, VALUE + 1)}
    (offer,) = await editor.ask("textDocument/codeAction", **where, context={"diagnostics": []})
    (data,) = offer["arguments"]
    with contextlib.suppress(Refused):
        await editor.ask("codeAction/resolve", title=offer["title"], data=data)
    assert engine.backend.heard
    assert HUNTER not in "".join(engine.backend.heard)


@pytest.fixture
def workspace(tmp_path):
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / ".gitignore").write_text("dist/\n")
    return folder


async def test_documents_that_take_no_part(engine, workspace, tmp_path):
    """By the workspace that the client names, and by settings that change while it runs."""
    async with edited_here() as (editor, _):
        await editor.ask(
            "initialize",
            processId=None,
            rootUri=workspace.as_uri(),
            capabilities={},
            workspaceFolders=[{"uri": workspace.as_uri(), "name": "work"}],
            initializationOptions={"engineSocket": str(engine.path), "languages": {"go": False}},
        )
        editor.notify("initialized")
        for name, language, why in (
            ("work/dist/a.py", "python", "is ignored"),
            ("other/a.py", "python", "outside the workspace"),
            ("work/a.go", "go", "option 'languages'"),
            ("work/.env", "python", "may hold secrets"),
        ):
            uri = (tmp_path / name).as_uri()
            editor.open(uri, "ab", language)
            assert await editor.complete(uri, 0, 2) == {"items": []}
            assert why in (await logged(editor))
        assert engine.backend.heard == []
        uri = (workspace / "a.py").as_uri()
        editor.open(uri, "ab", "python")
        assert (await editor.complete(uri, 0, 2))["items"]
        settings = {"diffgem": {"engineSocket": str(engine.path), "files": {"*.py": False}}}
        editor.notify("workspace/didChangeConfiguration", settings=settings)
        editor.change(uri, 0, 2, "c")
        assert await editor.complete(uri, 0, 3) == {"items": []}
        assert len(engine.backend.heard) == 1


async def logged(editor):
    async with asyncio.timeout(10):
        return (await editor.logged.get())["message"]


@pytest.mark.parametrize("how", ["settings", "ignore file"])
async def test_a_file_that_is_left_alone_from_now_on(engine, workspace, how):
    """What was shown of it stayed in the prompts of others, which change as seldom as can be."""
    options = {"engineSocket": str(engine.path), "contextDeclarations": False}
    async with edited_here() as (editor, _):
        await editor.initialize(root=workspace, **options)
        mine, theirs = (workspace / "mine.py").as_uri(), (workspace / "theirs.py").as_uri()
        editor.open(theirs, CODE.replace("2 * v", "theirs * v"), "python")
        editor.open(mine, CODE, "python")
        await editor.complete(mine, 0, 3)
        assert "theirs * v" in engine.backend.heard[-1]
        if how == "settings":
            settings = {"diffgem": {**options, "files": {"theirs.py": False}}}
            editor.notify("workspace/didChangeConfiguration", settings=settings)
        else:
            ignored = workspace / ".gitignore"
            ignored.write_text("theirs.py\n")
            editor.notify("textDocument/didSave", textDocument={"uri": ignored.as_uri()})
        await editor.complete(mine, 1, 0)
        assert "theirs * v" not in engine.backend.heard[-1]

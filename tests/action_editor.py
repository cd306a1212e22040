"""An editor with a document open, and its code actions."""

import contextlib

from editor import edited_here
from running import serving
from scripted import Scripted

URI = "file:///shop.py"
TEXT = "def total(prices):\n    pass\n"
FILLED = "return sum(prices)"
INVALID, CANCELLED, MODIFIED, FAILED = -32602, -32800, -32801, -32803
FULL = {
    "window": {"workDoneProgress": True},
    "workspace": {
        "workspaceEdit": {
            "documentChanges": True,
            "changeAnnotationSupport": {"groupsOnLabel": True},
        }
    },
    "textDocument": {
        "codeAction": {
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}},
            "dataSupport": True,
            "resolveSupport": {"properties": ["edit"]},
        }
    },
}
PLAIN = {"workspace": {"workspaceEdit": {"documentChanges": True}},
         "textDocument": {"codeAction": FULL["textDocument"]["codeAction"]}}  # fmt: skip
OLD = {
    "textDocument": {
        "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}}}
    }
}


@contextlib.asynccontextmanager
async def editing(*answers, capabilities=FULL, text=TEXT, uri=URI, welcome=None, **options):
    """An editor with the document open, and the backend behind the server."""
    backend = Scripted(*answers or ([FILLED],), **welcome or {})
    async with serving(backend=backend) as running, edited_here() as (editor, server):
        await editor.ask(
            "initialize", processId=None, rootUri=None, capabilities=capabilities,
            initializationOptions={"engineSocket": str(running.path), **options},
        )  # fmt: skip
        editor.notify("initialized")
        editor.open(uri, text, "python")
        await editor.ask("diffgem/document", textDocument={"uri": uri})  # it is initialized by now
        if server.engine is not None:
            await server.engine.ready()
        backend.counted = []
        server.acceptance.keep = backend.counted.append
        yield editor, backend


def place(line, character, last=None, to=None):
    start = {"line": line, "character": character}
    end = start if last is None else {"line": last, "character": to}
    return {"start": start, "end": end}


async def listed(editor, where, uri=URI, **context):
    return await editor.ask(
        "textDocument/codeAction",
        textDocument={"uri": uri},
        range=where,
        context={"diagnostics": [], **context},
    )


async def chosen(editor, title, where, **context):
    """The one action with that title."""
    [found] = [each for each in await listed(editor, where, **context) if each["title"] == title]
    return found


async def fill(editor):
    return await chosen(editor, "Fill this hole", place(1, 6))

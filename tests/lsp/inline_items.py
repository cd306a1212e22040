"""Inline completion items as they go over the wire."""

from diffgem_lsp.features.inline import ACCEPTED

URI = "file:///a.txt"


def item(line, character, text, uri=URI):
    here = {"line": line, "character": character}
    command = {"title": "Accepted", "command": ACCEPTED, "arguments": [uri, text]}
    return {"insertText": text, "range": {"start": here, "end": here}, "command": command}

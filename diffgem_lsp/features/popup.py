"""`textDocument/completion`, opt-in: for editors that know no inline completion."""

import re
import time

from lsprotocol import types
from pygls.capabilities import get_capability

from diffgem_lsp.acceptance.suggestions import POPUP
from diffgem_lsp.features.asked import snapshot_at
from diffgem_lsp.features.inline import ACCEPTED, completed
from diffgem_lsp.features.outcome import Answer, note
from diffgem_lsp.session import DiffGemServer
from diffgem_lsp.snapshots import Snapshot

_WORD = re.compile(r"\w*\Z")
LONGEST_LABEL = 60  # characters


def register(server: DiffGemServer) -> None:
    """Only where the client has asked for it: an editor would ask at every key, for nothing."""
    server.feature(types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions())(popup)


async def popup(server: DiffGemServer, params: types.CompletionParams) -> types.CompletionList:
    """Always incomplete: what fits the next key is another text."""
    if server.documents.is_lost(params.text_document.uri):
        return types.CompletionList(is_incomplete=True, items=[])
    snapshot = snapshot_at(server, params.text_document.uri, params.position)
    began = time.perf_counter()
    found = await server.newest.run(snapshot.uri, completed(server, snapshot, invoked=False))
    if found is None or not server.documents.is_current(snapshot):
        return types.CompletionList(is_incomplete=True, items=[])
    note(server, snapshot, Answer(POPUP, found, 1000 * (time.perf_counter() - began)))
    markdown = _reads_markdown(server)
    items = [
        _item(snapshot, text, number, markdown=markdown) for number, text in enumerate(found.texts)
    ]
    return types.CompletionList(is_incomplete=True, items=items)


def _reads_markdown(server: DiffGemServer) -> bool:
    path = "text_document.completion.completion_item.documentation_format"
    kinds = get_capability(server.client_capabilities, path)
    return types.MarkupKind.Markdown in (kinds or ())


def _item(snapshot: Snapshot, text: str, number: int, *, markdown: bool) -> types.CompletionItem:
    """It replaces the word that is typed with itself and `text`: so editors match and draw it."""
    word = _word_before(snapshot)
    start = snapshot.position(snapshot.offset - len(word))
    here = snapshot.position(snapshot.offset)
    fenced = f"```{snapshot.language_id}\n{word}{text}\n```"
    highlighted = types.MarkupContent(types.MarkupKind.Markdown, fenced)
    return types.CompletionItem(
        label=_label(word + text),
        kind=types.CompletionItemKind.Snippet,
        detail="DiffGem",
        documentation=highlighted if markdown else word + text,
        sort_text=f"{number:02}",
        filter_text=word + text.partition("\n")[0],
        insert_text_format=types.InsertTextFormat.PlainText,
        insert_text_mode=types.InsertTextMode.AsIs,
        text_edit=types.TextEdit(types.Range(start, here), word + text),
        command=types.Command("Accepted", ACCEPTED, arguments=[snapshot.uri, text]),
    )


def _word_before(snapshot: Snapshot) -> str:
    start = snapshot.lines.start(snapshot.lines.line_of(snapshot.offset))
    found = _WORD.search(snapshot.text[max(start, snapshot.offset - 200) : snapshot.offset])
    return found[0] if found is not None else ""


def _label(text: str) -> str:
    first, _, more = text.strip().replace("\r\n", "\n").partition("\n")
    cut = len(first) > LONGEST_LABEL or bool(more)
    return f"{first[:LONGEST_LABEL]}…" if cut else first

"""Completions -> what goes over the wire, and the odd parameter back."""

from typing import Any

from lsprotocol import types

from diffgem_lsp.completion import Completion
from diffgem_lsp.snapshots import Snapshot


def with_selected(snapshot: Snapshot, selected: types.SelectedCompletionInfo | None) -> Snapshot:
    """The document as it would be with the entry that is selected in the editor's menu."""
    if selected is None:
        return snapshot
    ends = selected.range.start, selected.range.end
    start, end = sorted(snapshot.offset_of(position) for position in ends)
    return snapshot.replaced(start, end, selected.text)


def inline_items(
    snapshot: Snapshot,
    selected: types.SelectedCompletionInfo | None,
    found: Completion,
    accept_command: str,
) -> types.InlineCompletionList:
    """An empty list clears what the editor shows.

    With an entry selected in the menu, the item extends that entry's text over its range, or the
    editor would not draw it.  Every item carries the one acceptance signal that all clients send.
    """
    if not found.text:
        return types.InlineCompletionList(items=[])
    here = snapshot.position(snapshot.offset)
    where = types.Range(here, here) if selected is None else selected.range
    start = "" if selected is None else selected.text
    texts = (found.text, *(choice.text for choice in found.others))
    return types.InlineCompletionList(
        items=[_item(snapshot.uri, start, text, where, accept_command) for text in texts]
    )


def _item(
    uri: str, start: str, text: str, where: types.Range, accept_command: str
) -> types.InlineCompletionItem:
    accepted = types.Command(title="Accepted", command=accept_command, arguments=[uri, text])
    return types.InlineCompletionItem(insert_text=start + text, range=where, command=accepted)


def document_uri(params: Any) -> str | None:
    """`textDocument.uri` of a custom request, whose parameters come untyped."""
    identifier = getattr(params, "textDocument", None)
    uri = getattr(identifier, "uri", None)
    return uri if isinstance(uri, str) else None

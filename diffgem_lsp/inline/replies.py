"""Completions -> what goes over the wire."""

from lsprotocol import types

from diffgem_lsp.inline.completion import Completion
from diffgem_lsp.snapshots import Snapshot


def with_selected(snapshot: Snapshot, selected: types.SelectedCompletionInfo | None) -> Snapshot:
    """The document as it would be with the entry that is selected in the editor's menu."""
    if selected is None:
        return snapshot
    return snapshot.replaced(*snapshot.span_of(selected.range), selected.text)


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
    return types.InlineCompletionList(
        items=[_item(snapshot.uri, start, text, where, accept_command) for text in found.texts]
    )


def _item(
    uri: str, start: str, text: str, where: types.Range, accept_command: str
) -> types.InlineCompletionItem:
    accepted = types.Command(title="Accepted", command=accept_command, arguments=[uri, text])
    return types.InlineCompletionItem(insert_text=start + text, range=where, command=accepted)

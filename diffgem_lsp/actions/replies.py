"""Offers and fillings -> what goes over the wire, in the words that the client knows."""

from collections.abc import Sequence

from lsprotocol import types

from diffgem_lsp.actions.client import Client
from diffgem_lsp.actions.data import written
from diffgem_lsp.actions.generating import Filling
from diffgem_lsp.actions.kinds import ActionKind, Offer
from diffgem_lsp.edits import text_edits
from diffgem_lsp.snapshots import Snapshot

CONFIRMED = "diffgem.confirmed"
FILLED = "diffgem.filled"


def listed(
    snapshot: Snapshot, offers: Sequence[Offer], client: Client, command: str
) -> list[types.CodeAction | types.Command]:
    """To a client that cannot have an edit later, a command that applies it."""
    return [_entry(snapshot, offer, client, command) for offer in offers]


def _entry(
    snapshot: Snapshot, offer: Offer, client: Client, command: str
) -> types.CodeAction | types.Command:
    data = written(snapshot, offer)
    instead = types.Command(title=offer.title, command=command, arguments=[data])
    if not client.literals:
        return instead
    action = types.CodeAction(
        title=offer.title,
        kind=offer.kind.lsp,
        diagnostics=[offer.diagnostic] if offer.diagnostic is not None else None,
    )
    if client.resolves:
        action.data = data
    else:
        action.command = instead
    return action


def workspace_edit(
    snapshot: Snapshot, kind: ActionKind, fillings: Sequence[Filling], client: Client
) -> types.WorkspaceEdit:
    """One document, and so one step to undo."""
    edits = [edit for each in fillings if each.text for edit in _edits(snapshot, each)]
    if not client.versioned:
        return types.WorkspaceEdit(changes={snapshot.uri: edits})
    document = types.OptionalVersionedTextDocumentIdentifier(snapshot.uri, snapshot.version)
    if not client.annotated:
        return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(document, edits)])
    return _annotated(document, kind, edits)


def _annotated(
    document: types.OptionalVersionedTextDocumentIdentifier,
    kind: ActionKind,
    edits: Sequence[types.TextEdit],
) -> types.WorkspaceEdit:
    """What replaces somebody's code is to be confirmed; what fills a hole is not."""
    name = CONFIRMED if kind.replaces else FILLED
    annotation = types.ChangeAnnotation("DiffGem", kind.replaces, "written by a model")
    marked = [types.AnnotatedTextEdit(name, edit.range, edit.new_text) for edit in edits]
    return types.WorkspaceEdit(
        document_changes=[types.TextDocumentEdit(document, marked)],
        change_annotations={name: annotation},
    )


def _edits(snapshot: Snapshot, filling: Filling) -> list[types.TextEdit]:
    opening = filling.opening
    return text_edits(snapshot, opening.start, opening.end, document_text(snapshot, filling))


def document_text(snapshot: Snapshot, filling: Filling) -> str:
    """With the document's line ends."""
    return filling.text.replace("\n", snapshot.at(filling.opening.start).line_end)

"""What the editor can take, by its capabilities."""

from typing import Any

from attrs import frozen
from lsprotocol.types import ClientCapabilities


@frozen
class Client:
    literals: bool = False  # takes code actions; else commands alone
    resolves: bool = False  # an action's edit later, by its data
    versioned: bool = False  # edits of a document's version
    annotated: bool = False  # edits that the user is to confirm
    progress: bool = False  # work that the server begins

    @classmethod
    def of(cls, capabilities: ClientCapabilities) -> "Client":
        document, workspace = capabilities.text_document, capabilities.workspace
        action = document.code_action if document is not None else None
        edit = workspace.workspace_edit if workspace is not None else None
        window = capabilities.window
        resolved = action.resolve_support if action is not None else None
        return cls(
            literals=_given(action, "code_action_literal_support"),
            resolves=_given(action, "data_support") and "edit" in _properties(resolved),
            versioned=_given(edit, "document_changes"),
            annotated=_given(edit, "change_annotation_support"),
            progress=_given(window, "work_done_progress"),
        )


def _given(capabilities: Any, name: str) -> bool:
    return bool(getattr(capabilities, name, None))


def _properties(resolved: Any) -> tuple[str, ...]:
    return tuple(resolved.properties) if resolved is not None else ()

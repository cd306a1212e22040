"""What editors say of themselves: pytest-lsp's records, and what newer ones say besides."""

from attrs import evolve, frozen
from lsprotocol import types
from pytest_lsp import client_capabilities

ENCODINGS = types.PositionEncodingKind
INLINE = types.InlineCompletionClientCapabilities(dynamic_registration=False)


@frozen
class Client:
    """`encoding` is what it should negotiate; `inline` whether it draws ghost text by itself."""

    capabilities: types.ClientCapabilities
    encoding: str
    inline: bool


def _with_inline(capabilities, *encodings):
    document = evolve(capabilities.text_document, inline_completion=INLINE)
    general = evolve(capabilities.general, position_encodings=encodings)
    return evolve(capabilities, text_document=document, general=general)


def _helix():
    """25.07: no inline completion; code actions are resolved, changes have no annotations."""
    resolve = types.ClientCodeActionResolveOptions(properties=["edit", "command"])
    kinds = types.ClientCodeActionKindOptions(
        ["", "quickfix", "refactor", "refactor.extract", "refactor.inline", "refactor.rewrite"]
    )
    action = types.CodeActionClientCapabilities(
        code_action_literal_support=types.ClientCodeActionLiteralOptions(code_action_kind=kinds),
        is_preferred_support=True,
        disabled_support=True,
        data_support=True,
        resolve_support=resolve,
    )
    return types.ClientCapabilities(
        general=types.GeneralClientCapabilities(
            position_encodings=[ENCODINGS.Utf8, ENCODINGS.Utf32, ENCODINGS.Utf16]
        ),
        text_document=types.TextDocumentClientCapabilities(
            code_action=action, completion=types.CompletionClientCapabilities()
        ),
        window=types.WindowClientCapabilities(work_done_progress=True),
        workspace=types.WorkspaceClientCapabilities(
            apply_edit=True,
            configuration=True,
            workspace_folders=True,
            workspace_edit=types.WorkspaceEditClientCapabilities(document_changes=True),
        ),
    )


VSCODE = client_capabilities("visual-studio-code@v1.65.2")
NEOVIM = client_capabilities("neovim@v0.11.0")
EMACS = client_capabilities("emacs@v29.1")
CLIENTS = {
    "VS Code 1.65": Client(VSCODE, "utf-16", inline=False),
    "VS Code": Client(_with_inline(VSCODE, ENCODINGS.Utf16), "utf-16", inline=True),
    "Neovim 0.11": Client(NEOVIM, "utf-8", inline=False),
    "Neovim 0.12": Client(
        _with_inline(NEOVIM, ENCODINGS.Utf8, ENCODINGS.Utf16, ENCODINGS.Utf32), "utf-8", inline=True
    ),
    "Emacs, eglot": Client(EMACS, "utf-32", inline=False),
    "Emacs, lsp-mode": Client(
        _with_inline(EMACS, ENCODINGS.Utf32, ENCODINGS.Utf16), "utf-32", inline=True
    ),
    "Helix": Client(_helix(), "utf-8", inline=False),
}

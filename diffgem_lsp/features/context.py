"""What the server learns of the workspace: saved and changed files, folders that come and go."""

from pathlib import Path

from attrs import evolve
from lsprotocol import types

from diffgem_lsp.index.declarations import LANGUAGES
from diffgem_lsp.index.workspace import WorkspaceIndex, file_of
from diffgem_lsp.options import Options
from diffgem_lsp.privacy.eligibility import unsuitable
from diffgem_lsp.prompt.assembly import Prompts
from diffgem_lsp.prompt.beyond import Beyond
from diffgem_lsp.session import DiffGemServer
from diffgem_lsp.snapshots import Snapshot
from diffgem_lsp.syntax.grammars import extensions_of, language_of

EVERYWHERE = types.FileOperationRegistrationOptions(
    [types.FileOperationFilter(types.FileOperationPattern("**/*"))]
)


class Context:
    """Of one server: the index, what is known of other documents, and prompts out of both."""

    def __init__(self, server: DiffGemServer) -> None:
        self.index = WorkspaceIndex()
        self._server = server
        self._begun = False
        self.beyond = Beyond(
            server.documents, self.index, self._eligible, self._allows, self._roots
        )
        self.prompts = Prompts(self.beyond)
        self.index.on_change.append(self.prompts.renew)
        server.memory = evolve(server.memory, prompts=self.prompts)
        server.documents.on_gone.append(self.prompts.forget)
        server.on_diagnostics.append(self.beyond.diagnosed.note)
        server.on_initialized += [self.follow, self._watch]
        server.on_closing.append(self.index.close)

    def follow(self) -> None:
        """The folders as they are now, if declarations are wanted at all."""
        self._begun = True
        options = self._server.options
        wanted = options.enabled and options.context_declarations
        self.index.follow(self._server.folders if wanted else ())

    def options_changed(self, _: Options) -> None:
        """Other files may be left alone by them."""
        self.prompts.renew()
        if self._begun:
            self.follow()

    def changed(self, uris: list[str]) -> None:
        """On the disk; one may be an ignore file, and what it ignores is shown no longer."""
        self._server.eligibility.forget()
        if any(uri.endswith("ignore") for uri in uris):
            self.prompts.renew()
        self.index.changed(uris)

    def _watch(self) -> None:
        """Ask for news of files, of a client that takes such wishes."""
        workspace = self._server.client_capabilities.workspace
        watching = workspace.did_change_watched_files if workspace is not None else None
        if watching is not None and watching.dynamic_registration:
            self._server.client_register_capability(_watched())

    def _eligible(self, snapshot: Snapshot) -> bool:
        server = self._server
        return not unsuitable(snapshot, server.options, server.eligibility)

    def _allows(self, file: Path) -> bool:
        language = language_of(file) or "plaintext"
        return not self._server.eligibility.reason(file.as_uri(), language, characters=0)

    def _roots(self) -> list[Path]:
        return [path for uri in self._server.folders if (path := file_of(uri)) is not None]


def register(server: DiffGemServer) -> None:
    context = Context(server)
    server.on_options.append(context.options_changed)

    def saved(params: types.DidSaveTextDocumentParams) -> None:
        context.changed([params.text_document.uri])
        for listener in server.on_saved:
            listener(params.text_document.uri)

    def changed(params: types.DidChangeWatchedFilesParams) -> None:
        context.changed([each.uri for each in params.changes])

    def renamed(params: types.RenameFilesParams) -> None:
        context.changed([uri for each in params.files for uri in (each.old_uri, each.new_uri)])

    def deleted(params: types.DeleteFilesParams | types.CreateFilesParams) -> None:
        context.changed([each.uri for each in params.files])

    def folders_changed(_: types.DidChangeWorkspaceFoldersParams) -> None:
        context.follow()

    server.feature(types.TEXT_DOCUMENT_DID_SAVE)(saved)
    server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)(changed)
    server.feature(types.WORKSPACE_DID_RENAME_FILES, EVERYWHERE)(renamed)
    server.feature(types.WORKSPACE_DID_DELETE_FILES, EVERYWHERE)(deleted)
    server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)(folders_changed)


def _watched() -> types.RegistrationParams:
    """Source files, and the files that say which of them to ignore."""
    names = ",".join(end[1:] for end in extensions_of(LANGUAGES))
    globs = (f"**/*.{{{names}}}", "**/.{git,diffgem}ignore")
    watchers = [types.FileSystemWatcher(glob_pattern=glob) for glob in globs]
    options = types.DidChangeWatchedFilesRegistrationOptions(watchers)
    method = types.WORKSPACE_DID_CHANGE_WATCHED_FILES
    return types.RegistrationParams([types.Registration("diffgem-watched", method, options)])

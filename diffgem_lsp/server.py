"""The pygls server.  Every handler: snapshot, delegate, reply."""

import logging
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer

from diffgem_engine.endpoint import EndpointError, default_endpoint, parse_endpoint
from diffgem_lsp import __version__, completion, replies
from diffgem_lsp.completion import Completion
from diffgem_lsp.engine import models
from diffgem_lsp.engine.errors import EngineError
from diffgem_lsp.engine.process import ENGINE_COMMAND, Launcher
from diffgem_lsp.lsp_protocol import DiffGemProtocol
from diffgem_lsp.notices import Notices
from diffgem_lsp.options import Options, parse_options
from diffgem_lsp.requests import NewestWins
from diffgem_lsp.snapshots import Snapshot

if TYPE_CHECKING:  # it brings websockets: loaded when the client has its initialize reply
    from diffgem_lsp.engine.client import EngineClient, EngineState

log = logging.getLogger(__name__)

ACCEPTED = "diffgem.accepted"
RETRY_ENGINE = "diffgem.retryEngine"
DOCUMENT = "diffgem/document"


class DiffGemServer(LanguageServer):
    """State of one client's session: options, engine, and what was shown."""

    protocol: DiffGemProtocol

    def __init__(self, trusted: bool = True) -> None:
        """Whether the client is known to be this user's; see `parse_options`."""
        super().__init__("diffgem", __version__, protocol_cls=DiffGemProtocol)
        self.trusted = trusted
        self.options = Options()
        self.engine: EngineClient | None = None
        self.memory = completion.Memory()
        self.notices = Notices(self)
        self.newest: NewestWins[Completion] = NewestWins()
        self.accepted = 0
        documents = self.protocol.documents
        # what runs for a text that is no longer there answers null now, not when it is done
        documents.listeners.append(lambda now, _: self.newest.cancel(now.uri))
        documents.on_gone += [self.newest.cancel, self.memory.forget, self.notices.renew]
        documents.on_lost.append(self.notices.lost)

    @property
    def dismissed(self) -> bool:
        """Whether the client has asked for the shutdown, as it has to before it leaves."""
        return self.protocol._shutdown

    def report_server_error(self, error: Exception, source: Any) -> None:
        """What could not be sent cannot be shown either: it is logged."""
        if isinstance(source, type) and issubclass(source, JsonRpcException):
            log.error("not sent: %s", error)
            return
        super().report_server_error(error, source)

    def connect(self) -> None:
        """Find or start the engine, in the background.  Raises EndpointError."""
        from diffgem_lsp.engine.client import EngineClient  # noqa: PLC0415 - see above

        options = self.options
        socket = options.engine_socket
        endpoint = parse_endpoint(socket) if socket else default_endpoint()
        launcher = Launcher(
            command=options.engine_command or ENGINE_COMMAND,
            options=models.serve_options(options.model),
        )
        self.engine = EngineClient(endpoint, launcher, self._on_engine_state)
        self.engine.start()

    def _on_engine_state(self, state: "EngineState", message: str) -> None:
        log.info("engine %s %s", state.value, message)
        if state.name == "FAILED":
            self.notices.outage(message)
        elif state.name == "READY":
            self.notices.model(self.options.model, message)


def create_server(trusted: bool = True) -> DiffGemServer:
    """A server with every handler registered, for one client."""
    server = DiffGemServer(trusted)
    server.feature(types.INITIALIZED)(initialized)
    server.feature(types.SHUTDOWN)(shutdown)
    server.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION, types.InlineCompletionOptions())(
        inline_completion
    )
    server.feature(DOCUMENT)(document)
    server.command(ACCEPTED)(accepted)
    server.command(RETRY_ENGINE)(retry_engine)
    return server


async def initialized(server: DiffGemServer, _: types.InitializedParams) -> None:
    wire = server.protocol.initialization_options
    server.options, complaints = parse_options(wire, server.trusted)
    if complaints:
        server.notices.warn("; ".join(complaints))
    if server.engine is None and server.options.enabled:
        try:
            server.connect()
        except EndpointError as error:
            server.notices.error(str(error))


async def shutdown(server: DiffGemServer, _: None) -> None:
    if server.engine is not None:
        await server.engine.close()


async def inline_completion(
    server: DiffGemServer, params: types.InlineCompletionParams
) -> types.InlineCompletionList | None:
    if server.protocol.documents.is_lost(params.text_document.uri):
        return types.InlineCompletionList(items=[])
    snapshot = _snapshot(server, params)
    selected = params.context.selected_completion_info
    asked = replies.with_selected(snapshot, selected)
    found = await server.newest.run(snapshot.uri, _complete(server, asked))
    if found is None or not server.protocol.documents.is_current(snapshot):
        return None  # superseded or stale: what is shown stays, and never late text
    return replies.inline_items(snapshot, selected, found, ACCEPTED)


async def _complete(server: DiffGemServer, snapshot: Snapshot) -> Completion:
    """With an engine that fails, an empty completion: typing must never meet an error."""
    if server.engine is None:
        return Completion("", reason="off" if not server.options.enabled else "no engine")
    try:
        found = await completion.complete(snapshot, server.engine, server.options, server.memory)
    except EngineError as error:
        found = Completion("", reason=str(error))
    if found.origin or found.steps:  # it has worked: one that dies of its first is one outage
        server.notices.outage_over()
    if found.reason:
        log.info("nothing shown: %s", found.reason)
    if found.unsuitable:
        server.notices.unsuitable(snapshot.uri, found.reason)
    return found


def _snapshot(server: DiffGemServer, params: types.InlineCompletionParams) -> Snapshot:
    """Raises JsonRpcInvalidParams for a document that is not open, or a line that it lacks."""
    documents = server.protocol.documents
    snapshot = documents.snapshot(params.text_document.uri, params.position)
    if snapshot is None:
        raise JsonRpcInvalidParams.of(f"{params.text_document.uri} is not open")
    if params.position.line >= snapshot.lines.count:
        raise JsonRpcInvalidParams.of(
            f"no line {params.position.line} in a document of {snapshot.lines.count} lines"
        )
    return snapshot


def document(server: DiffGemServer, params: Any) -> dict[str, object]:
    uri = replies.document_uri(params)
    found = server.protocol.documents.get(uri) if uri else None
    if found is None:
        raise JsonRpcInvalidParams.of(_why_no_document(server, uri))
    return {"version": found.version, "text": found.text}


def _why_no_document(server: DiffGemServer, uri: str | None) -> str:
    if uri is None:
        return "textDocument.uri is missing"
    lost = server.protocol.documents.is_lost(uri)
    return f"a change of {uri} was lost: reopen it" if lost else f"{uri} is not open"


def accepted(server: DiffGemServer, *_: object) -> None:
    server.accepted += 1


def retry_engine(server: DiffGemServer, *_: object) -> None:
    server.notices.outage_over()  # who asks for it wants to hear what comes of it
    if server.engine is not None:
        server.engine.retry()

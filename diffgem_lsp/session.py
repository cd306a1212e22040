"""The language server's state for one client: options, engine, documents, what was shown."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from lsprotocol.types import Diagnostic
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from diffgem_engine.endpoint import default_endpoint, parse_endpoint
from diffgem_lsp import __version__
from diffgem_lsp.acceptance.ledger import Ledger
from diffgem_lsp.documents import DocumentStore
from diffgem_lsp.editor.lsp_protocol import DiffGemProtocol
from diffgem_lsp.editor.notices import Notices
from diffgem_lsp.engine import models
from diffgem_lsp.engine.access import access_of
from diffgem_lsp.engine.process import ENGINE_COMMAND, Launcher
from diffgem_lsp.inline import completion
from diffgem_lsp.inline.completion import Completion
from diffgem_lsp.next_edits.proposals import Proposal
from diffgem_lsp.options import Options
from diffgem_lsp.privacy.eligibility import Eligibility
from diffgem_lsp.requests import NewestWins
from diffgem_lsp.snapshots import Snapshot
from diffgem_lsp.status.board import StatusBoard

if TYPE_CHECKING:  # it brings websockets: loaded when the client has its initialize reply
    from diffgem_lsp.engine.client import EngineState
    from diffgem_lsp.privacy.guarded import GuardedEngine

log = logging.getLogger(__name__)

OptionsListener = Callable[[Options], None]
EngineListener = Callable[["EngineState", str], None]
NextEditsListener = Callable[[Snapshot, Sequence[Proposal]], None]
AnsweredListener = Callable[[Snapshot, Completion, float], None]  # after so many milliseconds
DiagnosticsListener = Callable[[Snapshot, Sequence[Diagnostic]], None]
PartlyListener = Callable[[str, str, int], None]  # the document, the text, the characters


class DiffGemServer(LanguageServer):
    """What every feature may use.  It handles nothing itself: see `features`."""

    protocol: DiffGemProtocol

    def __init__(self, trusted: bool = True) -> None:
        """Whether the client is known to be this user's; see `parse_options`."""
        super().__init__("diffgem", __version__, protocol_cls=DiffGemProtocol)
        self.trusted = trusted
        self.options = Options()
        self.complaints: list[str] = []  # of the options, not told yet
        self.engine: GuardedEngine | None = None  # secrets do not get through
        self._eligibility = Eligibility(self.options)
        self.memory = completion.Memory()
        self.notices = Notices(self)
        self.status = StatusBoard()
        self.acceptance = Ledger(self._text_of)
        self.takes_projects_word = False  # the client: what it tells later may be a project's
        self.speaks_copilot = False  # the client's notifications and symbols are Copilot's
        self.newest: NewestWins[Completion] = NewestWins()
        self.on_options: list[OptionsListener] = []  # called after they have changed
        self.on_engine_state: list[EngineListener] = []
        self.on_focus: list[Callable[[str], None]] = []  # the user looks at another document
        self.on_answered: list[AnsweredListener] = []  # an inline completion
        self.on_next_edits: list[NextEditsListener] = []  # these are offered
        self.on_partly: list[PartlyListener] = []  # of a text so many characters were taken
        self.on_diagnostics: list[DiagnosticsListener] = []  # the editor complains of these
        self.on_saved: list[Callable[[str], None]] = []  # a document, by its URI
        self.on_initialized: list[Callable[[], None]] = []
        self.on_closing: list[Callable[[], Awaitable[None]]] = []  # at the shutdown
        self._tasks: set[asyncio.Task[None]] = set()
        self._follow_documents()

    def _follow_documents(self) -> None:
        """What runs for a text that is no longer there answers null now, not when it is done."""
        self.documents.listeners.append(lambda now, _: self.newest.cancel(now.uri))
        self.documents.listeners.append(lambda *_: self.memory.pace.key())
        self.documents.on_gone += [self.newest.cancel, self.memory.forget, self.notices.renew]
        self.documents.on_lost.append(self.notices.lost)

    @property
    def documents(self) -> DocumentStore:
        return self.protocol.documents

    @property
    def folders(self) -> tuple[str, ...]:
        """The URIs of the workspace's folders as they are now."""
        root = self.workspace.root_uri
        return tuple(self.workspace.folders) or ((root,) if root else ())

    @property
    def eligibility(self) -> Eligibility:
        """Which documents take part, by the options and the folders as they are now."""
        if not self._eligibility.is_for(self.options, folders := self.folders):
            self._eligibility = Eligibility(self.options, folders)
        return self._eligibility

    @property
    def dismissed(self) -> bool:
        """Whether the client has asked for the shutdown, as it has to before it leaves."""
        return self.protocol._shutdown

    @property
    def leaving(self) -> bool:
        """Whether the shutdown has been asked for, done or not."""
        return self.protocol.leaving

    def report_server_error(self, error: Exception, source: Any) -> None:
        """What could not be sent cannot be shown either: it is logged."""
        if isinstance(source, type) and issubclass(source, JsonRpcException):
            log.error("not sent: %s", error)
            return
        super().report_server_error(error, source)

    def _text_of(self, uri: str) -> str | None:
        found = self.documents.get(uri)
        return found.text if found is not None else None

    def set_options(self, options: Options) -> None:
        self.options = options
        for listener in self.on_options:
            listener(options)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run it beside everything else; the loop itself keeps no hold of a task."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def connect(self) -> None:
        """Find or start the engine, in the background.  Raises EndpointError."""
        from diffgem_lsp.engine.client import EngineClient  # noqa: PLC0415 - see above
        from diffgem_lsp.privacy.guarded import GuardedEngine  # noqa: PLC0415

        options = self.options
        socket = options.engine_socket
        endpoint = parse_endpoint(socket) if socket else default_endpoint()
        launcher = Launcher(
            command=options.engine_command or ENGINE_COMMAND,
            options=models.serve_options(options.model),
        )
        self.engine = GuardedEngine(
            EngineClient(
                endpoint,
                launcher,
                self._on_engine_state,
                access=access_of(options.engine_token_file, options.engine_certificate),
                on_outlook=self.status.outlook,
                on_active=self.status.active,
                on_ahead=self.status.ahead,
            )
        )
        self.engine.start()

    async def disconnect(self) -> None:
        """The engine itself stays for other editors."""
        engine, self.engine = self.engine, None
        if engine is not None:
            await engine.close()

    def let_go(self) -> None:
        """Part from the engine in the background: one that hangs must not keep its successor
        waiting.
        """
        engine, self.engine = self.engine, None
        if engine is not None:
            engine.let_go()
            self.spawn(engine.close())

    def _on_engine_state(self, state: "EngineState", message: str) -> None:
        log.info("engine %s %s", state.value, message)
        if state.name == "FAILED":
            self.notices.outage(message)
        elif state.name == "READY":
            self.notices.model(self.options.model, message)
        for listener in self.on_engine_state:
            listener(state, message)

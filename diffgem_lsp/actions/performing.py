"""An offer, done: generated as work in progress, its end told by the protocol's errors."""

import asyncio
import time
from collections.abc import Sequence

from lsprotocol import types
from lsprotocol.types import LSPErrorCodes, WorkspaceEdit
from pygls.exceptions import JsonRpcContentModified, JsonRpcException

from diffgem_lsp.acceptance.suggestions import CODE_ACTION, Suggestion
from diffgem_lsp.actions import replies, several
from diffgem_lsp.actions.client import Client
from diffgem_lsp.actions.generating import Filling, NothingFits
from diffgem_lsp.actions.kinds import Offer
from diffgem_lsp.actions.progress import WorkDone
from diffgem_lsp.actions.works import Works
from diffgem_lsp.engine.errors import EngineError
from diffgem_lsp.options import Options
from diffgem_lsp.privacy.eligibility import unsuitable
from diffgem_lsp.privacy.guarded import GuardedEngine
from diffgem_lsp.requests import Superseded
from diffgem_lsp.session import DiffGemServer
from diffgem_lsp.snapshots import Snapshot


class Performer:
    """Of one server.  Its methods raise ContentModified where the document moves on, and
    RequestFailed, with the reason for the user, where nothing comes of it.
    """

    def __init__(self, server: DiffGemServer) -> None:
        self._server, self._works = server, Works()
        server.documents.listeners.append(lambda now, _: self._works.end(now.uri))
        server.documents.on_gone.append(self._works.end)

    def current(self, uri: str, version: int, revision: int) -> Snapshot:
        """The document, if it is still that one."""
        now = self._server.documents.get(uri)
        if now is None or (now.version, now.revision) != (version, revision):
            raise JsonRpcContentModified("the document has changed since: ask again")
        return now

    def current_version(self, uri: str, version: int | None) -> Snapshot:
        """The document, if it is of that version, where one is said."""
        now = self._server.documents.get(uri)
        if now is None or (version is not None and now.version != version):
            raise JsonRpcContentModified("the document has another version: ask again")
        return now

    async def fillings(
        self, snapshot: Snapshot, offer: Offer, together: bool | None = None
    ) -> list[Filling]:
        """As `several.fillings` has them, while the editor shows the work."""
        places = [place for each in offer.openings for place in (each.start, each.end)]
        # a secret may stand there no longer behind its name, once the openings are open
        engine = self._engine_for(snapshot, offer).knowing(snapshot.text, *places)
        task = asyncio.current_task()
        shown = Client.of(self._server.client_capabilities).progress
        cancel = task.cancel if task is not None else bool
        with WorkDone(self._server.protocol, offer.title, cancel, shown) as work:
            asked = several.fillings(
                snapshot,
                offer,
                engine,
                self._server.options,
                work.report,
                together=together,
                prompts=self._server.memory.prompts.beside(),
            )
            try:
                return await self._works.run(snapshot.uri, asked)
            except Superseded as ended:
                raise JsonRpcContentModified(
                    "the document has changed meanwhile: ask again"
                ) from ended
            except (NothingFits, EngineError) as error:
                raise _failed(f"{offer.title}: {error}") from error

    async def edit(self, snapshot: Snapshot, offer: Offer) -> tuple[WorkspaceEdit, str]:
        """And a text that it puts in, by which its acceptance is told."""
        began = time.perf_counter()
        found = await self.fillings(snapshot, offer)
        client = Client.of(self._server.client_capabilities)
        edit = replies.workspace_edit(snapshot, offer.kind, found, client)
        return edit, self._shown(snapshot, offer, found, time.perf_counter() - began)

    def _shown(
        self, snapshot: Snapshot, offer: Offer, found: Sequence[Filling], seconds: float
    ) -> str:
        """The first of what is filled is what counts; its text."""
        first = next(each for each in found if each.text)
        text, opening = replies.document_text(snapshot, first), first.opening
        suggestion = Suggestion(
            CODE_ACTION,
            opening.start,
            opening.end,
            (text,),
            hole=offer.kind.name.lower(),
            trigger="invoked",
            confidence=first.confidence,
            latency_ms=1000 * seconds,
        )
        self._server.acceptance.shown(snapshot, suggestion)
        return text

    async def apply(self, snapshot: Snapshot, offer: Offer) -> None:
        edit, text = await self.edit(snapshot, offer)
        params = types.ApplyWorkspaceEditParams(edit, f"DiffGem: {offer.title}")
        answer = await self._server.workspace_apply_edit_async(params)
        if not answer.applied:
            why = answer.failure_reason or "it does not say why"
            raise _failed(f"the editor did not take the edit ({why}): ask again")
        self._server.acceptance.accepted(snapshot.uri, text)

    def _engine_for(self, snapshot: Snapshot, offer: Offer) -> GuardedEngine:
        """That may be asked for the offer."""
        engine, options = self._server.engine, self._server.options
        here = snapshot.at(offer.openings[0].start)
        refusal = unsuitable(here, options, self._server.eligibility)
        if refusal or engine is None:
            raise _failed(refusal or _without_engine(options))
        welcome = engine.welcome
        if offer.instruction and welcome is not None and not welcome.instructions:
            raise _failed(f"{welcome.model} follows no instructions: run an instruction-tuned one")
        return engine


def _without_engine(options: Options) -> str:
    if not options.enabled:
        return "DiffGem is switched off: set `enabled` to true"
    return "there is no engine yet: ask again in a moment, or see DiffGem's status"


def _failed(reason: str) -> JsonRpcException:
    return JsonRpcException(reason, LSPErrorCodes.RequestFailed.value)

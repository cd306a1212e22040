"""Code actions: listed without the model, generated when one is chosen."""

from typing import Any

from attrs import evolve
from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from diffgem_lsp.actions import data, listing, replies
from diffgem_lsp.actions.client import Client
from diffgem_lsp.actions.commands import Commands
from diffgem_lsp.actions.kinds import REWRITES, Offer
from diffgem_lsp.actions.performing import Performer
from diffgem_lsp.features.asked import opened
from diffgem_lsp.features.inline import ACCEPTED
from diffgem_lsp.privacy.eligibility import unsuitable
from diffgem_lsp.session import DiffGemServer
from diffgem_lsp.snapshots import Snapshot

RUN = "diffgem.runAction"
REWRITE = "diffgem.rewrite"
KINDS = (types.CodeActionKind.QuickFix, types.CodeActionKind.RefactorRewrite, REWRITES)


def register(server: DiffGemServer) -> None:
    options = types.CodeActionOptions(code_action_kinds=KINDS, resolve_provider=True)
    actions = CodeActions(server)

    def listed(params: types.CodeActionParams) -> list[types.CodeAction | types.Command]:
        return actions.listed(params)

    async def resolved(action: types.CodeAction) -> types.CodeAction:
        return await actions.resolved(action)

    async def run(*arguments: Any) -> None:
        await actions.run(*arguments)

    async def rewrite(*arguments: Any) -> None:
        await actions.rewrite(*arguments)

    # pygls marks what it registers, which a method cannot be
    server.feature(types.TEXT_DOCUMENT_CODE_ACTION, options)(listed)
    server.feature(types.CODE_ACTION_RESOLVE)(resolved)
    server.command(RUN)(run)
    server.command(REWRITE)(rewrite)


class CodeActions:
    """Of one server."""

    def __init__(self, server: DiffGemServer) -> None:
        self._server = server
        self._performer = Performer(server)
        self._commands = Commands(server.protocol)
        server.on_closing.append(self._commands.close)

    def listed(self, params: types.CodeActionParams) -> list[types.CodeAction | types.Command]:
        """Nothing in a document that the model never sees."""
        snapshot = self._snapshot(params.text_document.uri)
        options = self._server.options
        if snapshot is not None:
            for listener in self._server.on_diagnostics:
                listener(snapshot, params.context.diagnostics)
        if snapshot is None or not (options.enabled and options.code_actions):
            return []
        asked = self._asked(snapshot, params)
        if unsuitable(asked.snapshot, options, self._server.eligibility):
            return []
        found = listing.offers(asked)
        return replies.listed(snapshot, found, self._client, RUN)

    async def resolved(self, action: types.CodeAction) -> types.CodeAction:
        """Clients run an action's command once its edit is made: so they tell of it."""
        snapshot, offer = self._read(action.data)
        edit, text = await self._performer.edit(snapshot, offer)
        told = types.Command("Accepted", ACCEPTED, arguments=[snapshot.uri, text])
        return evolve(action, edit=edit, command=told)

    async def run(self, *arguments: Any) -> None:
        """What `resolved` does, for a client that cannot: the edit comes as a request."""
        snapshot, offer = self._read(arguments[0] if arguments else None)
        await self._commands.run(self._performer.apply(snapshot, offer))

    async def rewrite(self, *arguments: Any) -> None:
        """`[uri, range, instruction]`."""
        try:
            uri, where, instruction = data.rewriting(arguments)
        except data.BadData as error:
            raise JsonRpcInvalidParams.of(error) from error
        snapshot = opened(self._server, uri)
        offer = listing.instructed(snapshot, *snapshot.span_of(where), instruction)
        await self._commands.run(self._performer.apply(snapshot, offer))

    @property
    def _client(self) -> Client:
        return Client.of(self._server.client_capabilities)

    def _asked(self, snapshot: Snapshot, params: types.CodeActionParams) -> listing.Asked:
        start, end = snapshot.span_of(params.range)
        engine, context = self._server.engine, params.context
        welcome = engine.welcome if engine is not None else None
        return listing.Asked(
            snapshot.at(start),
            start,
            end,
            context.diagnostics,
            tuple(str(getattr(each, "value", each)) for each in context.only or ()),
            context.trigger_kind is types.CodeActionTriggerKind.Automatic,
            welcome is not None and welcome.instructions,
        )

    def _snapshot(self, uri: str) -> Snapshot | None:
        """None where a change was lost.  Raises JsonRpcInvalidParams for what is not open."""
        return None if self._server.documents.is_lost(uri) else opened(self._server, uri)

    def _read(self, wire: Any) -> tuple[Snapshot, Offer]:
        """Raises JsonRpcInvalidParams, and ContentModified for a document that has moved on."""
        try:
            uri, version, revision = data.document_of(wire)
            snapshot = self._performer.current(uri, version, revision)
            return snapshot, data.read(wire, snapshot)
        except data.BadData as error:
            raise JsonRpcInvalidParams.of(error) from error

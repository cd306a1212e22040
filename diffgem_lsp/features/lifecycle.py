"""From the first message to the last: options, the engine, the end."""

from collections.abc import Mapping
from typing import Any

from lsprotocol import types

from diffgem_engine.endpoint import EndpointError
from diffgem_lsp.features import popup
from diffgem_lsp.options import as_it_runs, is_copilots, parse_options, what_runs
from diffgem_lsp.session import DiffGemServer

SECTION = "diffgem"  # of a client's settings
# They take settings out of a project's files without asking whose project it is: `.dir-locals.el`,
# `.vim/coc-settings.json`.
UNASKED = frozenset({"Eglot", "coc.nvim"})


def register(server: DiffGemServer) -> None:
    server.feature(types.INITIALIZE)(initialize)
    server.feature(types.INITIALIZED)(initialized)
    server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)(did_change_configuration)
    server.feature(types.SHUTDOWN)(shutdown)


def initialize(server: DiffGemServer, params: types.InitializeParams) -> None:
    """Before the capabilities are told, which depend on the options."""
    _take(server, params.initialization_options)
    client = params.client_info
    server.takes_projects_word = client is not None and client.name in UNASKED
    server.speaks_copilot = is_copilots(params.initialization_options)
    if server.options.popup_completion:
        popup.register(server)


async def initialized(server: DiffGemServer, _: types.InitializedParams) -> None:
    _tell_complaints(server)
    _connect(server)
    for listener in server.on_initialized:
        listener()


def did_change_configuration(
    server: DiffGemServer, params: types.DidChangeConfigurationParams
) -> None:
    """Settings without one of ours change nothing: they are told again for every other server."""
    wire = _section(params.settings)
    if wire is None:
        return
    before = server.options
    _take(server, wire, decides=not server.takes_projects_word)
    _tell_complaints(server)
    if what_runs(before) != what_runs(server.options):
        server.let_go()
        _connect(server)


async def shutdown(server: DiffGemServer, _: None) -> None:
    for close in server.on_closing:
        await close()
    await server.disconnect()


def _take(server: DiffGemServer, wire: Any, *, decides: bool = True) -> None:
    """Whether they may be those that decide what runs."""
    options, complaints = parse_options(wire, server.trusted, server.options)
    if not decides:
        options, kept = as_it_runs(options, server.options)
        complaints += kept
    server.complaints = complaints
    server.set_options(options)


def _tell_complaints(server: DiffGemServer) -> None:
    if server.complaints:
        server.notices.warn("; ".join(server.complaints))
        server.complaints = []


def _section(settings: Any) -> Mapping[str, Any] | None:
    """Clients send `{"diffgem": {…}}`; None where there is nothing of ours."""
    found = settings.get(SECTION) if isinstance(settings, Mapping) else None
    return found if isinstance(found, Mapping) else None


def _connect(server: DiffGemServer) -> None:
    if server.engine is not None or not server.options.enabled or server.leaving:
        return
    try:
        server.connect()
    except EndpointError as error:
        server.notices.error(str(error))
        server.status.engine("failed", str(error))

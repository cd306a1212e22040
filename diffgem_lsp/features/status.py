"""`$/diffgem/status`, for status bars; Copilot's `didChangeStatus`, for its clients."""

from collections.abc import Sequence
from typing import Any

from diffgem_lsp.documents import Edit
from diffgem_lsp.options import Options
from diffgem_lsp.privacy.eligibility import unsuitable
from diffgem_lsp.session import DiffGemServer
from diffgem_lsp.snapshots import Snapshot
from diffgem_lsp.status.facts import Status

CHANGED = "$/diffgem/status"
ASKED = "diffgem/status"
COPILOT_CHANGED = "didChangeStatus"


def register(server: DiffGemServer) -> None:
    board = server.status
    board.tell = lambda status: tell(server, status)
    server.feature(ASKED)(status)
    server.on_options.append(lambda options: changed(server, options))
    server.on_engine_state.append(lambda state, message: board.engine(state.value, message))
    server.on_closing.append(board.close)
    server.on_focus.append(lambda uri: focused(server, uri))
    server.documents.on_opened.append(lambda now: focus(server, now.uri))
    server.on_focus.append(lambda uri: focus(server, uri))
    server.documents.listeners.append(lambda now, edits: edited(server, now, edits))


def tell(server: DiffGemServer, status: Status) -> None:
    """Clients ignore what begins with a dollar; of anything else that they do not know some make
    a warning.
    """
    server.protocol.notify(CHANGED, status.wire())
    if server.speaks_copilot:
        server.protocol.notify(COPILOT_CHANGED, status.copilot())


def status(server: DiffGemServer, _: Any) -> dict[str, Any]:
    """For status bars that start late."""
    return server.status.now.wire()


def changed(server: DiffGemServer, options: Options) -> None:
    """Where the user is, nothing may be completed from now on, or something again."""
    server.status.options(options)
    focus(server, server.status.uri)


def edited(server: DiffGemServer, now: Snapshot, _: Sequence[Edit]) -> None:
    """Where nothing is completed is looked up once, and not at every key."""
    if now.uri != server.status.uri:
        focus(server, now.uri)


def focused(server: DiffGemServer, uri: str) -> None:
    """Said as only Copilot's clients say it."""
    server.speaks_copilot = True
    focus(server, uri)


def focus(server: DiffGemServer, uri: str) -> None:
    """The user has gone there."""
    now = server.documents.get(uri)
    off_here = unsuitable(now, server.options, server.eligibility) if now is not None else ""
    server.status.focus(uri, off_here)

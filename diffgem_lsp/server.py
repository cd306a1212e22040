"""A language server for one client, with every feature."""

from collections.abc import Callable

from diffgem_lsp.features import (
    acceptance,
    code_actions,
    context,
    copilot,
    document,
    engine,
    explain,
    inline,
    lifecycle,
    multi_cursor,
    next_edits,
    status,
    timings,
)
from diffgem_lsp.session import DiffGemServer

__all__ = ["FEATURES", "DiffGemServer", "create_server"]

FEATURES: tuple[Callable[[DiffGemServer], None], ...] = (
    lifecycle.register,
    inline.register,
    document.register,
    context.register,
    explain.register,
    engine.register,
    status.register,
    timings.register,
    acceptance.register,
    next_edits.register,
    copilot.register,
    code_actions.register,
    multi_cursor.register,
)


def create_server(trusted: bool = True) -> DiffGemServer:
    """Whether the client is known to be this user's; see `parse_options`."""
    server = DiffGemServer(trusted)
    for register in FEATURES:
        register(server)
    return server

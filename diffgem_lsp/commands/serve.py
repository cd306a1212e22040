"""`diffgem-lsp`: the language server on stdio, or for one client on TCP."""

import sys

from diffgem_lsp.server import create_server


def run(tcp: str | None) -> int:
    if tcp is None:
        create_server().start_io()
        return 0
    host, _, port = tcp.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        print(f"diffgem-lsp: --tcp takes HOST:PORT, not {tcp!r}", file=sys.stderr)
        return 2
    try:
        create_server().start_tcp(host.strip("[]"), int(port))
    except OSError as error:
        print(f"diffgem-lsp: cannot listen on {tcp}: {error}", file=sys.stderr)
        return 2
    return 0

"""`diffgem-lsp`: the language server on stdio, or for one client on TCP."""

import asyncio
import contextlib
import logging
import os
import socket
import stat
import sys

from pygls.io_ import StdinAsyncReader, StdoutWriter

from diffgem_engine.endpoint import EndpointError, parse_tcp
from diffgem_lsp.commands.terminal import is_terminal
from diffgem_lsp.editor.framing import read_messages
from diffgem_lsp.server import DiffGemServer, create_server

# Of one line of a header: a client that miscounts a body makes a line of it, and is to be told.
LONGEST_LINE = 2**27  # bytes
WAITS = "waits for an editor on standard input; try `diffgem-lsp doctor`, or Ctrl-C"


def run(tcp: str | None) -> int:
    """0 where the client said goodbye as LSP wants it, 1 where it just left, 2 for bad input."""
    if tcp is None and None in (sys.stdin, sys.stdout):
        why = "standard input or output is closed; give both, as editors do, or --tcp HOST:PORT"
        print(f"diffgem-lsp: {why}", file=sys.stderr)
        return 2
    try:
        server = create_server(trusted=tcp is None)
    except EndpointError as error:  # no home for its index
        print(f"diffgem-lsp: {error}", file=sys.stderr)
        return 2
    if tcp is None:
        _on_stdio(server)
        return 0 if server.dismissed else 1
    try:
        with _listening(tcp) as listener, contextlib.suppress(SystemExit):
            asyncio.run(_serve_one(server, listener))
    except EndpointError:
        print(f"diffgem-lsp: --tcp takes a loopback HOST:PORT, not {tcp!r}", file=sys.stderr)
        return 2
    except OSError as error:
        why = f"cannot listen on {tcp}: {error.strerror}; give another port"
        print(f"diffgem-lsp: {why}", file=sys.stderr)
        return 2
    return 0 if server.dismissed else 1


def _on_stdio(server: DiffGemServer) -> None:
    server.protocol.set_writer(StdoutWriter(sys.stdout.buffer))
    if is_terminal(sys.stdin):
        print(f"diffgem-lsp {WAITS}", file=sys.stderr, flush=True)
    try:
        with contextlib.suppress(SystemExit, BrokenPipeError):
            asyncio.run(_serve_stdio(server))
    except KeyboardInterrupt:
        logging.shutdown()
        os._exit(130)  # the thread that reads stdin cannot be ended, and Python waits for it
    finally:
        server.shutdown()  # type: ignore[no-untyped-call]


async def _serve_stdio(server: DiffGemServer) -> None:
    """Standard input without a thread where that can be: it costs a millisecond at every key."""
    if not _is_readable_by_asyncio():
        reader = StdinAsyncReader(sys.stdin.buffer, server.thread_pool)
        await read_messages(reader, server.protocol.receive)
        return
    stream = asyncio.StreamReader(limit=LONGEST_LINE)
    protocol = asyncio.StreamReaderProtocol(stream)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: protocol, sys.stdin.buffer)
    with contextlib.closing(transport):
        await read_messages(stream, server.protocol.receive)


def _is_readable_by_asyncio() -> bool:
    """Not a file; nor a terminal or one socket for both ways: it would no longer block those who
    write to it either, and they do not expect that.
    """
    given, taken = (os.fstat(stream.fileno()) for stream in (sys.stdin, sys.stdout))
    pipe = stat.S_ISFIFO(given.st_mode) or stat.S_ISSOCK(given.st_mode)
    return pipe and not os.path.samestat(given, taken)


def _listening(tcp: str) -> socket.socket:
    """Raises EndpointError, OSError."""
    place = parse_tcp(f"tcp://{tcp}")
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    return socket.create_server((place.host, place.port), family=family)


async def _serve_one(server: DiffGemServer, listener: socket.socket) -> None:
    """The first client that comes; the next one is refused, as there is one state only."""
    host, port = listener.getsockname()[:2]
    print(f"diffgem-lsp listens on {host}:{port}", file=sys.stderr, flush=True)
    listener.setblocking(False)
    connection, _ = await asyncio.get_running_loop().sock_accept(listener)
    listener.close()
    reader, writer = await asyncio.open_connection(sock=connection, limit=LONGEST_LINE)
    server.protocol.set_writer(writer)
    await read_messages(reader, server.protocol.receive)

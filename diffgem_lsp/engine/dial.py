"""Connect to an engine and greet it; every way this fails is one of three errors."""

import asyncio
import ssl
from typing import Any

from websockets.asyncio.client import ClientConnection, connect, unix_connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from diffgem_engine import wire
from diffgem_engine.endpoint import (
    WS_PATH,
    Endpoint,
    EndpointError,
    TlsEndpoint,
    UnixEndpoint,
    check_folder,
)
from diffgem_engine.protocol import PROTOCOL_VERSION, EngineMessage, Failure, Hello, Welcome
from diffgem_lsp import __version__
from diffgem_lsp.engine import refusals
from diffgem_lsp.engine.access import BY_ENVIRONMENT, Access
from diffgem_lsp.engine.errors import EngineError, EngineLost, EngineUnavailable
from diffgem_lsp.engine.reaching import reach

WELCOME_S = 300.0  # a claimed socket accepts at once, but answers only when the model is loaded
CLOSE_S = 1.0  # an editor that leaves does not wait for an engine that hangs


class NoEngine(Exception):
    """Nobody listens on the endpoint."""


async def dial(
    endpoint: Endpoint, access: Access = BY_ENVIRONMENT
) -> tuple[ClientConnection, Welcome]:
    """Raises NoEngine; EngineUnavailable for who is no engine of ours or does not let us in;
    EngineLost if it dies.
    """
    socket = await _connect(endpoint, access)
    try:
        return socket, await _greet(socket)
    except BaseException:
        await socket.close()
        raise


def decode(frame: str | bytes) -> EngineMessage:
    """Raises wire.MessageError."""
    if isinstance(frame, str):
        raise wire.MessageError("text frame")
    return wire.decode_engine(frame)


async def _connect(endpoint: Endpoint, access: Access) -> ClientConnection:
    try:
        return await _open(endpoint, access)
    except (FileNotFoundError, ConnectionRefusedError) as error:
        raise NoEngine(str(endpoint)) from error
    except EndpointError as error:
        raise EngineUnavailable(str(error), permanent=True) from error
    except TimeoutError as error:
        raise EngineUnavailable(
            f"the engine on {endpoint} does not answer: {_advice(endpoint)}"
        ) from error
    except (NotADirectoryError, PermissionError) as error:
        raise EngineUnavailable(
            f"cannot use {endpoint}: {error.strerror}; give another socket path", permanent=True
        ) from error
    except ssl.SSLError as error:
        raise refusals.of_tls(endpoint, error) from error
    except OSError as error:
        raise refusals.of_network(endpoint, error) from error
    except InvalidStatus as error:
        raise refusals.of_status(endpoint, error, bool(access.headers())) from error
    except (InvalidHandshake, ValueError) as error:
        raise await _no_engine_of_ours(endpoint, error) from error


def _advice(endpoint: Endpoint) -> str:
    if isinstance(endpoint, TlsEndpoint):
        return "check the network, and ask who runs it"
    return "stop it, or see its log"


async def _no_engine_of_ours(endpoint: Endpoint, error: Exception) -> EngineError:
    if not isinstance(error.__cause__, EOFError):
        return EngineUnavailable(
            f"no DiffGem engine on {endpoint}: {error}; correct engineSocket", permanent=True
        )
    if await refusals.speaks_tls(endpoint):
        named = str(endpoint).replace("tcp://", "tls://")
        return EngineUnavailable(
            f"what listens on {endpoint} speaks TLS: name it {named}", permanent=True
        )
    return EngineLost(f"the engine on {endpoint} went away")  # it died during the handshake


async def _open(endpoint: Endpoint, access: Access) -> ClientConnection:
    if isinstance(endpoint, UnixEndpoint):
        check_folder(endpoint.path.parent)
        return await unix_connect(str(endpoint.path), f"ws://localhost{WS_PATH}", **_bounds())
    options = {**_bounds(), "additional_headers": access.headers()}
    scheme = "ws"
    if isinstance(endpoint, TlsEndpoint):
        scheme = "wss"
        options |= {"ssl": access.context(), "server_hostname": endpoint.host}
    return await connect(
        f"{scheme}://localhost{WS_PATH}",
        # given apart from the URI: it also refuses redirects elsewhere, and needs no proxy
        sock=await reach(endpoint.host, endpoint.port),
        proxy=None,
        **options,
    )


def _bounds() -> dict[str, Any]:
    return {
        "compression": None,
        "open_timeout": WELCOME_S,
        "close_timeout": CLOSE_S,
        "max_size": wire.MAX_FRAME,
    }


async def _greet(socket: ClientConnection) -> Welcome:
    hello = Hello(PROTOCOL_VERSION, f"diffgem-lsp {__version__}")
    try:
        await socket.send(wire.encode(hello))
        async with asyncio.timeout(WELCOME_S):
            message = decode(await socket.recv())
    except (ConnectionClosed, TimeoutError) as error:
        raise EngineLost("the engine went away as soon as it was reached: see its log") from error
    except wire.MessageError as error:
        raise EngineUnavailable(
            f"what answers is no DiffGem engine: {error}; correct engineSocket", permanent=True
        ) from error
    match message:
        case Welcome(protocol=version) if version == PROTOCOL_VERSION:
            return message
        case Failure():
            raise EngineUnavailable(message.message, permanent=True)
    raise EngineUnavailable(
        "what answers is no DiffGem engine that this diffgem-lsp knows: update the older one",
        permanent=True,
    )

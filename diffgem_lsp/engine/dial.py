"""Connect to an engine and greet it; every way this fails is one of three errors."""

import asyncio

from websockets.asyncio.client import ClientConnection, connect, unix_connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from diffgem_engine import wire
from diffgem_engine.endpoint import WS_PATH, Endpoint, EndpointError, UnixEndpoint, check_folder
from diffgem_engine.protocol import PROTOCOL_VERSION, EngineMessage, Failure, Hello, Welcome
from diffgem_lsp import __version__
from diffgem_lsp.engine.errors import EngineLost, EngineUnavailable

WELCOME_S = 300.0  # a claimed socket accepts at once, but answers only when the model is loaded
CLOSE_S = 1.0  # an editor that leaves does not wait for an engine that hangs


class NoEngine(Exception):
    """Nobody listens on the endpoint."""


async def dial(endpoint: Endpoint) -> tuple[ClientConnection, Welcome]:
    """Raises NoEngine; EngineUnavailable for who is no engine of ours; EngineLost if it dies."""
    socket = await _connect(endpoint)
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


async def _connect(endpoint: Endpoint) -> ClientConnection:
    try:
        return await _open(endpoint)
    except (FileNotFoundError, ConnectionRefusedError) as error:
        raise NoEngine(str(endpoint)) from error
    except EndpointError as error:
        raise EngineUnavailable(str(error), permanent=True) from error
    except TimeoutError as error:
        raise EngineUnavailable(
            f"the engine on {endpoint} does not answer: stop it, or see its log"
        ) from error
    except (NotADirectoryError, PermissionError) as error:
        raise EngineUnavailable(
            f"cannot use {endpoint}: {error.strerror}; give another socket path", permanent=True
        ) from error
    except OSError as error:
        raise EngineLost(f"the engine on {endpoint} went away: {error}") from error
    except (InvalidHandshake, ValueError) as error:
        if _is_going_away(error):
            raise EngineLost(f"the engine on {endpoint} went away") from error
        raise EngineUnavailable(f"no DiffGem engine on {endpoint}: {error}", True) from error


def _is_going_away(error: Exception) -> bool:
    """It died during the handshake, or refused it because it shuts down."""
    if isinstance(error, InvalidStatus):
        return error.response.status_code >= 500
    return isinstance(error.__cause__, EOFError)


async def _open(endpoint: Endpoint) -> ClientConnection:
    if isinstance(endpoint, UnixEndpoint):
        check_folder(endpoint.path.parent)
        return await unix_connect(
            str(endpoint.path),
            f"ws://localhost{WS_PATH}",
            compression=None,
            open_timeout=WELCOME_S,
            close_timeout=CLOSE_S,
            max_size=wire.MAX_FRAME,
        )
    return await connect(
        f"ws://localhost{WS_PATH}",
        host=endpoint.host,  # given apart from the URI, it also refuses redirects elsewhere
        port=endpoint.port,
        compression=None,
        proxy=None,  # the environment's proxy is for other machines
        open_timeout=WELCOME_S,
        close_timeout=CLOSE_S,
        max_size=wire.MAX_FRAME,
    )


async def _greet(socket: ClientConnection) -> Welcome:
    hello = Hello(PROTOCOL_VERSION, f"diffgem-lsp {__version__}")
    try:
        await socket.send(wire.encode(hello))
        async with asyncio.timeout(WELCOME_S):
            message = decode(await socket.recv())
    except (ConnectionClosed, TimeoutError) as error:
        raise EngineLost("the engine went away as soon as it was reached") from error
    except wire.MessageError as error:
        raise EngineUnavailable(f"what answers is no DiffGem engine: {error}", True) from error
    match message:
        case Welcome(protocol=version) if version == PROTOCOL_VERSION:
            return message
        case Failure():
            raise EngineUnavailable(message.message, permanent=True)
    raise EngineUnavailable(
        "what answers is no DiffGem engine that this diffgem-lsp knows: update the older one",
        permanent=True,
    )

"""A connection to a host, or no for an answer before the user has forgotten the question."""

import asyncio
import socket

REACH_S = 10.0  # of all its addresses; the system itself tries for minutes


async def reach(host: str, port: int) -> socket.socket:
    """Not yet encrypted.  Raises OSError, which TimeoutError is."""
    async with asyncio.timeout(REACH_S):
        loop = asyncio.get_running_loop()
        addresses = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        failure = OSError(f"no address is known for {host}")
        for family, kind, protocol, _, address in addresses:
            try:
                return await _connected(socket.socket(family, kind, protocol), address)
            except OSError as error:
                failure = error
        raise failure


async def _connected(connection: socket.socket, address: tuple[object, ...]) -> socket.socket:
    connection.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(connection, address)
    except BaseException:
        connection.close()
        raise
    return connection

"""What an engine says before it ends a connection."""

import asyncio


async def ended(reader):
    """All that came before the engine closed or cut the connection."""
    async with asyncio.timeout(20):
        try:
            return await reader.read()
        except ConnectionResetError:
            return b""

"""A client process that asks an engine without end, as the language server's does.

`python asking_client.py ENDPOINT`: it says when it begins, and once that it is served.
"""

import asyncio
import contextlib
import sys

from diffgem_engine.endpoint import parse_endpoint
from diffgem_engine.protocol import Hole
from diffgem_lsp.engine.client import EngineClient
from diffgem_lsp.engine.errors import EngineError

AT_ONCE = 4
PAUSE_S = 0.2


async def main(endpoint):
    client, answered = EngineClient(parse_endpoint(endpoint)), asyncio.Event()

    async def ask():
        while True:
            with contextlib.suppress(EngineError):
                await client.infill("x = 1\n" * 20, "", (Hole(16),))
                answered.set()
            await asyncio.sleep(PAUSE_S)

    asking = [asyncio.create_task(ask()) for _ in range(AT_ONCE)]
    print("asks", flush=True)
    await answered.wait()
    print("served", flush=True)
    await asyncio.gather(*asking)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))

"""The contract's upstream as a process of its own: prints its address.  Usage: PORT ANSWER [KEY]"""

import asyncio
import sys

from upstreams import served
from vllm_contract import Contract


async def main(port, answer, key=None):
    async with served(Contract(answer=answer, key=key).app, int(port)) as url:
        print(url, flush=True)
        await asyncio.Event().wait()


asyncio.run(main(*sys.argv[1:]))

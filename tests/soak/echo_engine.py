"""A real engine process whose answer to a hole is the end of its prefix, after a while.

`python echo_engine.py SOCKET WORK_MS`: sixteen at a time, as an engine with a model takes them.
"""

import asyncio
import sys

from diffgem_engine.backends.modelless import Modelless
from diffgem_engine.endpoint import parse_endpoint
from diffgem_engine.process.server import serve
from diffgem_engine.protocol import Candidate, Result

ECHOED = 32  # characters


class EchoBackend(Modelless):
    most_at_once = 16

    def __init__(self, work_s):
        super().__init__("echo")
        self._work_s = work_s

    async def infill(self, request, on_progress):
        await asyncio.sleep(self._work_s)
        candidate = Candidate((request.prefix[-ECHOED:],), 1.0)
        return Result(request.id, (candidate,), 1, 0, 0, 0.0, 0.0, 0.0)

    async def count(self, texts):
        return tuple(len(text) for text in texts)

    async def close(self):
        pass


if __name__ == "__main__":
    work_s = float(sys.argv[2]) / 1000
    sys.exit(serve(lambda: EchoBackend(work_s), parse_endpoint(sys.argv[1]), 300.0))

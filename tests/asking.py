"""What is asked of a whole engine in this process."""

import asyncio
import contextlib

from diffgem_engine.backends.local import LocalBackend
from diffgem_engine.protocol import Hole, Infill, Sampling

PREFIX = "import os\n\n\ndef double(values):\n    return ["
SUFFIX = "for v in values]\n\n\nprint(double([1, 2]))\n"
ENDLESS = Sampling(steps=256, confidence=0.0)


@contextlib.asynccontextmanager
async def opened(checkpoint):
    backend = LocalBackend(checkpoint)
    try:
        yield backend
    finally:
        async with asyncio.timeout(60):
            await backend.close()


def infill(*canvas, prefix=PREFIX, suffix=SUFFIX, **fields):
    return Infill(3, prefix, suffix, canvas or (Hole(8),), **fields)

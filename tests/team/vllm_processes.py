"""`serve --backend vllm` and the contract's upstream, each a process of its own."""

import asyncio
import contextlib
import signal
import sys
from pathlib import Path

HERE = Path(__file__).parent
ENGINE = (sys.executable, "-m", "diffgem_engine", "serve", "--backend", "vllm")


@contextlib.asynccontextmanager
async def process(*command):
    """A process and its first line; it is killed in the end."""
    started = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        async with asyncio.timeout(60):
            line = (await started.stdout.readline()).decode()
        yield started, line.strip()
    finally:
        if started.returncode is None:
            started.send_signal(signal.SIGKILL)
        await started.communicate()


def upstream(port=0, answer="pass", *key):
    return process(sys.executable, str(HERE / "run_contract.py"), str(port), answer, *key)

"""An engine on TLS in a process of its own, for what a renewal's hook does to it."""

import asyncio
import contextlib
import sys
from pathlib import Path

from certificates import write_certificate
from entrances import give, private_store

SERVE = """
import signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from fakes import FakeBackend
from diffgem_engine.access.entrance import entrance_for
from diffgem_engine.access.tls import Certificate
from diffgem_engine.endpoint import parse_endpoint
from diffgem_engine.process.server import serve
store, chain, key = map(Path, sys.argv[2:5])
endpoint = parse_endpoint("tls://127.0.0.1:0")
def load():
    if "hook" in sys.argv:
        signal.raise_signal(signal.SIGHUP)
    return FakeBackend()
sys.exit(serve(load, endpoint, 0.0, entrance_for(endpoint, store, Certificate(chain, key))))
"""


@contextlib.asynccontextmanager
async def engine_process(folder, *, hook_while_loading=False):
    """The process, its certificate, and the line that says where it listens; then it is ended."""
    made, store = write_certificate(folder), private_store(folder)
    give(store)
    arguments = [Path(__file__).parent, store.path, made.chain, made.key]
    hook = ["hook"] if hook_while_loading else []
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", SERVE, *map(str, arguments), *hook), stdout=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(60):
            line = (await process.stdout.readline()).decode()
            assert "listens on tls://" in line
            yield process, made, line
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()

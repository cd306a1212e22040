"""Process start to initialize reply: how long an editor waits before it may ask anything."""

import subprocess
import sys
import time

from diffgem_engine.bench.figures import BenchError, Measurement, spread
from diffgem_engine.bench.lsp_client import lsp_process
from diffgem_engine.bench.setup import Setup

START_MS = 800.0
IMPORT_MS = 400.0
IMPORT = """
import time
began = time.perf_counter()
import diffgem_lsp.server
print(time.perf_counter() - began)
"""


def measure(setup: Setup) -> Measurement:
    """`median_ms`, `p95_ms` of the start; `import_*` of importing the server in a new process."""
    rounds = setup.count(15, 2)
    _import_ms()  # says why it cannot start, where it cannot
    _start_ms()  # fills the page cache, as the start before did for most users
    starts = [_start_ms() for _ in range(rounds)]
    imports = [_import_ms() for _ in range(rounds)]
    figures = [
        *spread("", starts, p95_at_most=START_MS),
        *spread("import", imports, median_at_most=IMPORT_MS),
    ]
    return Measurement("process start to initialize reply", tuple(figures))


def _start_ms() -> float:
    began = time.perf_counter()
    with lsp_process() as client:
        client.initialize()
        return 1000 * (time.perf_counter() - began)


def _import_ms() -> float:
    command = [sys.executable, "-c", IMPORT]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        why = done.stderr.strip().rpartition("\n")[2]
        raise BenchError(f"diffgem_lsp does not import ({why}): reinstall diffgem-lsp")
    return 1000 * float(done.stdout)

"""A server without its streams, as a service or a cron job has it."""

import subprocess
import sys

import pytest

PATIENCE_S = 60


@pytest.mark.parametrize("closed", ["<&-", ">&-"])
def test_a_server_without_a_stream_says_so(closed):
    """Guards a traceback."""
    shell = ["sh", "-c", f'exec "$0" -m diffgem_lsp {closed}', sys.executable]
    done = subprocess.run(shell, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("diffgem-lsp: standard input or output is closed")
    assert done.stderr.count("\n") == 1

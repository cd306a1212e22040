"""A language server that ends, or does not start, under who measures it."""

import contextlib
import os
import signal

import pytest

from diffgem_engine.__main__ import main
from diffgem_engine.bench.figures import BenchError
from diffgem_engine.bench.lsp_client import lsp_process
from diffgem_engine.evaluation.replay.session import ServerLost, session_of

ENDED = "diffgem-lsp ended early: run diffgem-lsp doctor"


def kill(pid):
    """It has ended by then; who started it hears of it all the same."""
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)


def test_the_bench_says_what_to_do():
    """A broken pipe was a page of a traceback."""
    with contextlib.suppress(BenchError), lsp_process() as client:
        kill(client.pid)
        with pytest.raises(BenchError, match=ENDED):
            client.initialize()


async def test_a_replay_says_what_to_do(tmp_path):
    """What was asked after its end was waited for, for two minutes."""
    with contextlib.suppress(ServerLost):
        async with session_of(tmp_path, {}, tmp_path / "log") as session:
            session.process.kill()
            await session.process.wait()
            for _ in range(2):
                with pytest.raises(ServerLost, match=ENDED):
                    await session.ask("shutdown", None)


def test_a_server_that_does_not_import_is_told(capsys, monkeypatch, tmp_path):
    (tmp_path / "diffgem_lsp").mkdir()
    (tmp_path / "diffgem_lsp" / "__init__.py").write_text("import pygls_that_is_gone\n")
    monkeypatch.chdir(tmp_path)
    assert main(["bench", "--quick", "--only", "lsp_start"]) == 1
    said = "diffgem_lsp does not import (ModuleNotFoundError: No module named 'pygls_that_is_gone')"
    assert f"lsp_start: {said}: reinstall diffgem-lsp\n" in capsys.readouterr().err

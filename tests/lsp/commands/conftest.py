"""A file, and an engine process around the fake backend to complete in it."""

import subprocess

import pytest
from sandbox import FAKE_ENGINE, sandbox

from diffgem_lsp.__main__ import main


@pytest.fixture(scope="module")
def socket():
    with sandbox() as box:
        command = [*FAKE_ENGINE, "serve", "--socket", str(box.socket)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as engine:
            assert "listens on" in engine.stdout.readline()
            yield str(box.socket)
            engine.kill()


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "a:b.txt"
    path.write_text("one\nab\n")
    return path


@pytest.fixture
def complete(socket, capsys):
    def run(*arguments):
        code = main(["complete", "--socket", socket, *map(str, arguments)])
        return (code, *capsys.readouterr())

    return run

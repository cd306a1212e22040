"""What a user without a home folder is told, as a container's may be."""

import os
import subprocess
import sys

import pytest

HOMELESS = """
import pwd, sys

def nobody(_):
    raise KeyError

pwd.getpwuid = nobody
from diffgem_{0}.__main__ import main
sys.exit(main(sys.argv[1:]))
"""
NO_CACHE = "this user has no home folder: set HOME, or name a folder by XDG_CACHE_HOME"
NO_STATE = "this user has no home folder: set HOME, or name a folder by XDG_STATE_HOME"


@pytest.mark.parametrize(
    ("program", "arguments", "code", "message"),
    [
        ("lsp", "", 2, NO_CACHE),
        ("lsp", "complete @/a.py:1:1", 2, NO_CACHE),
        ("lsp", "complete @/a.py:1:1 --socket @/s", 2, NO_CACHE),
        ("lsp", "explain @/a.py:1:1", 2, NO_CACHE),
        ("lsp", "doctor", 1, f"FAIL  engine: {NO_CACHE}"),
        ("lsp", "forget", 3, NO_CACHE),
        ("lsp", "stats", 4, NO_STATE),
        ("engine", "serve", 2, NO_CACHE),
    ],
)
def test_a_user_without_a_home_is_told(program, arguments, code, message, tmp_path):
    """A container's user has no entry: RuntimeError, of `doctor` at its import."""
    (tmp_path / "a.py").write_text("x = 1\n")
    homes = ("HOME", "XDG_", "DIFFGEM_SOCKET")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(homes)}
    given = arguments.replace("@/", f"{tmp_path}/").split()
    done = subprocess.run(
        [sys.executable, "-c", HOMELESS.format(program), *given],
        env=kept, stdin=subprocess.PIPE, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    assert done.returncode == code
    assert f"{message}\n" in done.stdout + done.stderr

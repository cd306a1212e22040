"""What the language server must not load: a laptop talks to a workstation without torch."""

import json
import subprocess
import sys

import pytest

HEAVY = {"torch", "transformers", "tokenizers", "numpy", "safetensors"}
HTTP = {"httpx", "requests", "urllib3", "aiohttp", "starlette", "uvicorn"}
LOOK = "import json, sys; print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"


def loaded_by(statement):
    code = f"{statement}; {LOOK}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    return set(json.loads(done.stdout))


@pytest.mark.parametrize(
    "statement",
    [
        "from diffgem_lsp.server import create_server; create_server()",
        "import diffgem_lsp.commands.complete, diffgem_lsp.commands.doctor",
        "import diffgem_lsp.privacy.guarded, diffgem_lsp.privacy.workspace",
        "import diffgem_engine.protocol, diffgem_engine.wire, diffgem_engine.endpoint",
    ],
)
def test_no_model_and_no_http_client(statement):
    """One import too many, and every editor's start takes seconds and a gigabyte."""
    assert loaded_by(statement) & (HEAVY | HTTP) == set()


def test_the_command_line_loads_nothing_of_ours_before_it_must():
    """`--version` and a wrong argument took as long as a start."""
    loaded = loaded_by("import diffgem_lsp.__main__")
    assert loaded & {"pygls", "lsprotocol", "tree_sitter", "websockets", "asyncio"} == set()


def test_what_is_needed_later_loads_later():
    """Sixteen grammars and a websocket client were loaded before the initialize reply."""
    loaded = loaded_by("from diffgem_lsp.server import create_server; create_server()")
    assert not [
        name for name in loaded if name.startswith(("tree_sitter_", "websockets", "pathspec"))
    ]

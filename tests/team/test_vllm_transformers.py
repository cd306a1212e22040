"""The transport against a server of somebody else's that runs here: `transformers serve`, with the
embedded model.  It knows no infilling, so what it writes is not looked at.
"""

import asyncio
import contextlib
import json
import re
import shutil
import signal
import sys
from pathlib import Path

import pytest
from fakes import ask

from diffgem_engine.backends import RequestError
from diffgem_engine.backends.openai.server import Server
from diffgem_engine.backends.vllm.backend import VllmBackend
from diffgem_engine.checkpoint.loading import embedded_model
from diffgem_engine.protocol import Hole, Infill

TOKENIZER = {
    "tokenizer_class": "PreTrainedTokenizerFast",
    "processor_class": "PreTrainedTokenizerFast",
    "bos_token": "<bos>",
    "eos_token": "<eos>",
    "pad_token": "<pad>",
    "chat_template": "{{ bos_token }}{% for m in messages %}{{ m['content'] }}{% endfor %}",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The embedded model, and what that server wants to know of its tokenizer."""
    folder = tmp_path_factory.mktemp("served") / "model"
    shutil.copytree(embedded_model(), folder)
    (folder / "tokenizer_config.json").write_text(json.dumps(TOKENIZER))
    return folder


@contextlib.asynccontextmanager
async def transformers_serve(folder, tmp_path):
    """Its address."""
    (tmp_path / "cache").mkdir()
    command = Path(sys.executable).with_name("transformers")
    environment = {
        "HF_HUB_CACHE": str(tmp_path / "cache"),
        "HF_HUB_OFFLINE": "1",
        "HOME": str(tmp_path),
        "OMP_NUM_THREADS": "1",
    }
    process = await asyncio.create_subprocess_exec(
        *(command, "serve", str(folder), "--host", "127.0.0.1", "--port", "0", "--device", "cpu"),
        *("--log-level", "info"),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(120):
            said = b""
            while not (found := re.search(rb"running on (http://127.0.0.1:\d+)", said)):
                line = await process.stdout.readline()
                assert line, said
                said += line
        yield found[1].decode()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
        await process.communicate()


async def test_real_server_of_openai_words(folder, tmp_path):
    """One answer for each request, side by side; one that is given up harms no other."""
    async with transformers_serve(folder, tmp_path) as url, asyncio.timeout(120):
        backend = VllmBackend([Server(url)], model=str(folder))
        assert "the chat format" in (await backend.survey())[0]
        request = Infill(1, "def add(a, b):\n    return ", "\n", (Hole(8),))
        result = await backend.infill(request, None)
        assert result.route == "diffusion: chat"
        assert len(result.candidates) == 1
        given_up = asyncio.create_task(backend.infill(ask(2), None))
        others = [asyncio.create_task(backend.infill(ask(n), None)) for n in (3, 4)]
        await asyncio.sleep(0)
        given_up.cancel()
        assert [(await other).id for other in others] == [3, 4]
        with pytest.raises(asyncio.CancelledError):
            await given_up
        await backend.close()


async def test_real_server_refuses_another_model_in_words(folder, tmp_path):
    async with transformers_serve(folder, tmp_path) as url, asyncio.timeout(120):
        backend = VllmBackend([Server(url)], model="another")
        with pytest.raises(RequestError, match="--upstream-model"):
            await backend.infill(ask(1), None)
        await backend.close()

"""What an operator of `serve --backend vllm` got wrong: said at the start, and by doctor."""

import asyncio

import pytest
from fakes import short_folder
from upstreams import served
from vllm_contract import MODEL, Contract
from vllm_processes import ENGINE, process, upstream

from diffgem_engine.backends import RequestError
from diffgem_engine.backends.openai.server import Server
from diffgem_engine.backends.vllm.backend import VllmBackend
from diffgem_engine.protocol import Hole, Infill
from diffgem_lsp.__main__ import main

MISTAKES = [
    ((), "refused the request (401): Unauthorized", "another --upstream-key-file"),
    (
        ("--upstream-key-file", "key.txt", "--upstream-model", "gemma"),
        f"serves {MODEL}, not gemma",
        "gives as --upstream-model what it serves",
    ),
]


@pytest.mark.parametrize(("options", "wrong", "to_do"), MISTAKES)
async def test_who_starts_the_engine_and_who_asks_doctor_learn_what_to_do(
    options, wrong, to_do, capfd, monkeypatch
):
    """The first line said what was wrong alone; doctor sent its user to stop the engine, and to
    read the log of one that the editor had started."""
    with short_folder() as folder:
        monkeypatch.chdir(folder)
        (folder / "key.txt").touch(0o600)
        (folder / "key.txt").write_text("right\n")
        async with upstream(0, "pass", "right") as (_, url):
            command = (*ENGINE, "--url", url, "--socket", str(folder / "e"), *options)
            async with process(*command):
                code = await asyncio.to_thread(main, ["doctor", "--socket", str(folder / "e")])
    said, at_the_start = capfd.readouterr()
    assert f"the upstream {url} {wrong}; " in at_the_start
    assert to_do in at_the_start
    assert code == 1
    assert f"FAIL  completion: the upstream {url} {wrong}; " in said
    assert to_do in said
    assert "stop the engine" not in said


async def test_a_server_that_is_not_vllm_need_not_list_what_it_serves():
    """`transformers serve` lists what it has cached, and serves any folder."""
    contract = Contract(owner="acme")
    async with served(contract.app) as url:
        backend = VllmBackend([Server(url)], "a/folder")
        with pytest.raises(RequestError, match="does not exist"):
            await backend.infill(Infill(1, "x", "", (Hole(4),)), None)
        await backend.close()
    assert [body["model"] for body in contract.asked("/v1/chat/completions")] == []
    assert len(contract.refused) == 1

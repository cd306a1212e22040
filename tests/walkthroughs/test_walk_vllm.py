"""Editors on vLLM: what is DiffGem's is real, and in vLLM's place stands its contract."""

import subprocess
import sys
from pathlib import Path

import pytest

CONTRACT = Path(__file__).parents[1] / "team" / "run_contract.py"
ANSWER = "max(prices, default=0)"  # of a length that the engine tries: a character is a token


class Contract:
    """Ends with the place where it was started."""

    def start(self, walk, step):
        (served,) = step.blocks
        assert "vllm serve" in served.text
        self.start_again(walk, step)

    def start_again(self, walk, _step):
        port = walk.here("http://127.0.0.1:8000").rpartition(":")[2]
        assert port != "8000"
        key = Path(walk.here("/path/to/diffgem"), "vllm-key.txt").read_text().strip()
        self.process = subprocess.Popen(
            [sys.executable, CONTRACT, port, ANSWER, key],
            env=walk.place.environment, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.process.stdout.readline() == f"http://127.0.0.1:{port}\n"
        self.process.stdout.close()

    def kill(self, _walk, _step):
        self.process.kill()
        self.process.wait()


@pytest.mark.walkthrough
def test_the_page_is_true(walk):
    vllm = Contract()
    by_hand = {
        "start-vllm": vllm.start,
        "kill-vllm": vllm.kill,
        "start-vllm-again": vllm.start_again,
    }
    walk("vllm.md", limit_s=240, by_hand=by_hand)
    vllm.process.wait(timeout=10)

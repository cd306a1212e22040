"""An upstream process that fills a hole with as much of the prompt's end as there is room for.

`python echo_upstream.py PORT`: it says where it is, and then once that a canvas went through it.
"""

import asyncio
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "team"))

from upstreams import served
from vllm_contract import FIRST, Contract

PROBE_STEPS = 1


class EchoContract(Contract):
    said = False

    def completion(self, body, xargs):
        if xargs["diffusion_max_steps"] > PROBE_STEPS and not self.said:
            self.said = True
            print("served", flush=True)
        free = len(xargs["diffusion_seed_canvas"]) - len(xargs["diffusion_pinned"])
        self.answer = "".join(chr(max(0, i - FIRST)) for i in body["prompt"][-free:])
        reply = super().completion(body, xargs)
        told = reply["choices"][0]["logprobs"]
        told["token_logprobs"] = [-1 / free] * len(told["tokens"])  # the longest is the likeliest
        self.seen.clear()
        return reply


async def main(port):
    async with served(EchoContract().app, port) as url:
        print(f"listens on {url}", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))

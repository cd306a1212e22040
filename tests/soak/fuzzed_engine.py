"""A real engine process with little patience, that says how many tasks it has.

`python fuzzed_engine.py ENDPOINT [STORE [CHAIN KEY]]`: its log is on standard error, as JSON.
"""

import argparse
import asyncio
import sys
from pathlib import Path

from echo_engine import EchoBackend

from diffgem_engine import logs
from diffgem_engine.access.entrance import entrance_for
from diffgem_engine.access.tls import Certificate
from diffgem_engine.endpoint import parse_endpoint
from diffgem_engine.process import bounds, session
from diffgem_engine.process.server import serve

TASKS = "how many tasks?"
PATIENCE_S = 0.5


class Telling(EchoBackend):
    async def count(self, texts):
        if texts == (TASKS,):
            return (len(asyncio.all_tasks()),)
        return await super().count(texts)


def impatient():
    bounds.REQUEST_S = bounds.LINGER_S = session.HELLO_S = PATIENCE_S
    bounds.OPTIONS["timeout_keep_alive"] = PATIENCE_S


def main(place, store=None, *files):
    impatient()
    parser = argparse.ArgumentParser()
    logs.add_arguments(parser)
    endpoint = parse_endpoint(place)
    certificate = Certificate(*map(Path, files)) if files else None
    entrance = entrance_for(endpoint, Path(store) if store else None, certificate)
    with logs.configured(parser.parse_args(["--log-format", "json"])):
        return serve(lambda: Telling(0.0), endpoint, 0.0, entrance)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

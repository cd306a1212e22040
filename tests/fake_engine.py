"""A real engine process around the fake backend, with the command line of the real one."""

import argparse
import sys
from pathlib import Path

from fakes import FakeBackend

from diffgem_engine import load_progress
from diffgem_engine.endpoint import parse_endpoint
from diffgem_engine.process.server import serve


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--die", help="say this and exit with code 1")
    parser.add_argument("--load", type=Path, help="a FIFO; loading ends when someone writes there")
    parser.add_argument("command", choices=["serve"])
    parser.add_argument("--socket", required=True)
    parser.add_argument("--idle-exit", type=float, default=0.0)
    options = parser.parse_args()
    if options.die:
        print(options.die, file=sys.stderr)
        return 1

    endpoint = parse_endpoint(options.socket)

    def load() -> FakeBackend:
        with load_progress.told(endpoint) as tell:
            if options.load:
                tell(load_progress.READING, 0.5)
                print("loading", flush=True)
                options.load.read_text()
        return FakeBackend()

    return serve(load, endpoint, options.idle_exit)


if __name__ == "__main__":
    sys.exit(main())

"""The index process: messages in by lines of JSON, and out; it ends with its standard input."""

import contextlib
import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

from diffgem_engine import LOG_FORMAT
from diffgem_lsp.index.worker import serve

NICE = 19


def main() -> int:
    logging.basicConfig(level=logging.WARNING, format=LOG_FORMAT)
    os.umask(0o077)
    with contextlib.suppress(OSError):
        os.nice(NICE)
    with contextlib.suppress(BrokenPipeError):  # the language server is gone
        return serve(Path(sys.argv[1]), sys.stdin, _say)
    return 0


def _say(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

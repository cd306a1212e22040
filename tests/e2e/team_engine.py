"""An engine process for a team, with the embedded model, and an editor that comes with a token."""

import contextlib
import json
import re
import subprocess
import sys
import threading

from attrs import frozen

PATIENCE_S = 120
SOURCE = "def area(width, height):\n    return "
ENGINE = (sys.executable, "-m", "diffgem_engine")


@frozen
class TeamEngine:
    endpoint: str
    pid: int

    @property
    def port(self):
        return int(self.endpoint.rpartition(":")[2])


def new_token(store, *options):
    """As `diffgem-engine token add` prints it."""
    command = (*ENGINE, "token", "add", "ada", "--tokens", str(store), *options)
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def team_engine(log, store, *options):
    """On a port of loopback; its log is at its most talkative."""
    listening = ("--port", "0", "--tokens", str(store))
    logging = ("--log-level", "debug", "--log-file", str(log))
    return started((*ENGINE, "serve", *listening, *logging, *options))


@contextlib.contextmanager
def started(command):
    """An engine, once it answers."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        impatient = threading.Timer(PATIENCE_S, process.kill)
        impatient.start()
        try:
            endpoint = _announced(process.stdout)
            impatient.cancel()
            yield TeamEngine(endpoint, process.pid)
        finally:
            impatient.cancel()
            process.terminate()
            process.communicate()


def _announced(output):
    said = []
    while line := output.readline().decode():
        said.append(line)
        if found := re.search(r"listens on (\S+)", line):
            return found[1]
    raise AssertionError("".join(said))


def private(folder, token):
    """The file that `engineTokenFile` names."""
    path = folder / "token"
    path.touch(0o600)
    path.write_text(token + "\n")
    return str(path)


async def completed(editor):
    editor.open("file:///area.py", SOURCE, "python")
    return (await editor.complete("file:///area.py", 1, 11, triggerKind=1))["items"]


def outcomes(log):
    """Of each request in an engine's log: who asked, and what became of it."""
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    return [(line["user"], line["outcome"]) for line in lines if line.get("kind") == "infill"]

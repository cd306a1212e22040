"""An engine process to be fuzzed: how one comes to it, what it holds, what it wrote down."""

import asyncio
import contextlib
import json
import re
import ssl
import subprocess
import sys
from collections import Counter
from pathlib import Path

import psutil
from attrs import frozen
from certificates import write_certificate
from entrances import give, private_store
from fakes import short_folder

from diffgem_engine.endpoint import UnixEndpoint, parse_endpoint

ENGINE = Path(__file__).with_name("fuzzed_engine.py")


@frozen
class Place:
    """`token` and `tls` are None where none is asked for."""

    endpoint: object
    token: str | None
    tls: ssl.SSLContext | None

    @property
    def authorization(self):
        return None if self.token is None else f"Bearer {self.token}".encode()

    async def connection(self):
        """Reader and writer."""
        if isinstance(self.endpoint, UnixEndpoint):
            return await asyncio.open_unix_connection(str(self.endpoint.path))
        return await asyncio.open_connection(self.endpoint.host, self.endpoint.port, ssl=self.tls)


@frozen
class Fuzzed:
    place: Place
    process: psutil.Process
    log: Path

    def said(self):
        """The lines of its log by their words, numbers left out; a traceback's by its last line."""
        return Counter(_words(line) for line in self.log.read_text().splitlines())


def _words(line):
    try:
        found = json.loads(line)
    except ValueError:
        return f"TRACEBACK {line}"
    if "traceback" in found:
        return f"TRACEBACK {found['message']} {found['traceback'][-1]}"
    return re.sub(r"'.*'|[0-9.]+", "#", found["message"])


@contextlib.contextmanager
def fuzzed_engine(scheme):
    """It has to end well."""
    with short_folder() as folder:
        arguments, token, tls = [f"unix:{folder / 'e'}"], None, None
        if scheme != "unix":
            store = private_store(folder)
            token = give(store, "anna", rights=("infill", "metrics"))
            arguments = [f"{scheme}://127.0.0.1:0", store.path]
        if scheme == "tls":
            files = write_certificate(folder)
            arguments += [files.chain, files.key]
            tls = ssl.create_default_context(cafile=files.chain)
        with _running(folder / "log", arguments) as (process, endpoint):
            place = Place(endpoint, token, tls)
            yield Fuzzed(place, psutil.Process(process.pid), folder / "log")


@contextlib.contextmanager
def _running(log, arguments):
    command = [sys.executable, str(ENGINE), *map(str, arguments)]
    with (
        log.open("wb") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as process,
    ):
        try:
            line = process.stdout.readline()
            assert "listens on" in line, log.read_text()
            yield process, parse_endpoint(line.split()[3])
        finally:
            process.terminate()
            assert process.wait(30) == 0

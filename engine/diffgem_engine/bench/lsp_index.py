"""The index of a workspace: what it costs, and what it costs somebody who types meanwhile."""

import contextlib
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import psutil

from diffgem_engine.bench.figures import BenchError, Figure, Measurement, p95, spread
from diffgem_engine.bench.lsp_client import LspClient, lsp_process
from diffgem_engine.bench.lsp_overhead import (
    FUNCTION,
    LINES,
    LONG_LINES,
    LONG_P95_MS,
    PLACES,
    STARTS,
    WARMUP,
    Key,
    type_keys,
)
from diffgem_engine.bench.processes import instant_engine
from diffgem_engine.bench.setup import Setup
from diffgem_engine.bench.sources import long_file, sources

FILES, LINES_EACH = 5_000, 120
INDEX_S, SAVED_MS, DELAY_MS, RESIDENT_MB = 60.0, 50.0, 5.0, 250.0
START_S = 20.0
LONGEST_S = 600.0
OPENED = 8  # documents besides the one that is typed in
OPTIONS = {"debounceMs": 0, "workspaceOnly": False, "contextTokens": 1_024}
STILL_S = 1.0  # without work: the index is up to date
POLL_S = 0.05
MODULE = "diffgem_lsp.index"
SAVED = "\n\ndef saved_{number}(first, second):\n    return first, second\n"


def measure(setup: Setup) -> Measurement:
    """`index_s`: what one core works on 5,000 files of real code; `saved_ms`, on one that is saved.

    `delay_ms`: the 95th percentile of keys while it works, over that of keys while it does not.
    `resident_mb` of the language server, `index_mb` of the process of the index.  `long_*`: keys in
    a file of 20,000 lines, with that index, other documents open and every source of context on.
    """
    files = setup.count(FILES, 40)
    with workspace(files) as root, instant_engine() as engine, lsp_process(LONGEST_S) as client:
        client.initialize({"engineSocket": str(engine.endpoint.path), **OPTIONS}, root)
        client.notify("initialized", {})
        index = _index_of(client.pid)
        while_it_works = _type_until_still(client, index, setup.count(400, 20))
        index_s = _worked_s(index)
        after = [key.ms for key in islice(_keys(client), len(while_it_works))]
        saved_ms = 1000 * _save(client, index, root, setup.count(40, 2))
        _open(client, root)
        most = setup.count(len(FUNCTION), 2 * WARMUP)
        long = [key.ms for at in PLACES for key in _long_keys(client, at, FUNCTION[:most])]
        resident = [process.memory_info().rss / 2**20 for process in (_server(client), index)]
    figures = (
        Figure("index_s", index_s, "s", at_most=INDEX_S),
        Figure("saved_ms", saved_ms, "ms", at_most=SAVED_MS),
        Figure("delay_ms", max(0.0, p95(while_it_works) - p95(after)), "ms", at_most=DELAY_MS),
        Figure("keys", len(while_it_works)),
        Figure("resident_mb", resident[0], "MB", at_most=RESIDENT_MB),
        Figure("index_mb", resident[1], "MB"),
        *spread("long", long, p95_at_most=LONG_P95_MS),
    )
    return Measurement(f"an index of {files:,} files", figures)


@contextlib.contextmanager
def workspace(files: int) -> Iterator[Path]:
    """A folder of packages with pieces of the standard library, no two files the same."""
    lines = "\n".join(sources()).split("\n")
    starts = [number for number, line in enumerate(lines) if line.startswith(STARTS)]
    with tempfile.TemporaryDirectory(prefix="dgb-", ignore_cleanup_errors=True) as name:
        root = Path(name) / "workspace"
        for number in range(files):
            first = starts[number * 37 % len(starts)]
            place = root / f"package{number // 100}" / f"module{number}.py"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text("\n".join(lines[first : first + LINES_EACH]), encoding="utf-8")
        yield root


def _keys(client: LspClient) -> Iterator[Key]:
    text = long_file(LINES)
    while True:
        for at in PLACES:
            yield from type_keys(client, text, at, FUNCTION)


def _open(client: LspClient, root: Path) -> None:
    """As somebody has them who works on several files."""
    for place in islice(sorted(root.rglob("*.py")), OPENED):
        item = {"uri": place.as_uri(), "languageId": "python", "version": 1}
        text = place.read_text(encoding="utf-8")
        client.notify("textDocument/didOpen", {"textDocument": {**item, "text": text}})


def _long_keys(client: LspClient, at: float, typed: str) -> Iterator[Key]:
    return type_keys(client, long_file(LONG_LINES), at, typed)


def _server(client: LspClient) -> psutil.Process:
    return psutil.Process(client.pid)


def _index_of(server: int) -> psutil.Process:
    """The server's child that indexes; it is started when there is time.  Raises BenchError."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        for child in psutil.Process(server).children():
            with contextlib.suppress(psutil.Error):
                if MODULE in child.cmdline():
                    return child
        time.sleep(POLL_S)
    raise BenchError("the language server has started no index: run diffgem-lsp doctor")


def _worked_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _type_until_still(client: LspClient, index: psutil.Process, most: int) -> list[float]:
    """Times of keys while it works, at most so many; then wait until it does not."""
    found: list[float] = []
    keys = _keys(client)
    watch = _Watch(index)
    while not watch.still:
        if len(found) < most:
            found.append(next(keys).ms)
        else:
            time.sleep(POLL_S)
    return found


class _Watch:
    """Whether a process has worked lately."""

    def __init__(self, process: psutil.Process) -> None:
        self._process = process
        self._worked, self._since = 0.0, time.monotonic()

    @property
    def still(self) -> bool:
        worked = _worked_s(self._process)
        if worked > self._worked:
            self._worked, self._since = worked, time.monotonic()
        return time.monotonic() - self._since > STILL_S


def _save(client: LspClient, index: psutil.Process, root: Path, count: int) -> float:
    """Seconds of work for each of so many files that are saved."""
    before = _worked_s(index)
    for number, place in enumerate(islice(sorted(root.rglob("*.py")), count)):
        changed = place.read_text(encoding="utf-8") + SAVED.format(number=number)
        place.write_text(changed, encoding="utf-8")
        client.notify("textDocument/didSave", {"textDocument": {"uri": place.as_uri()}})
    client.request("workspace/executeCommand", {"command": "diffgem.accepted", "arguments": []})
    watch = _Watch(index)
    while not watch.still:
        time.sleep(POLL_S)
    return (_worked_s(index) - before) / count

"""The index as the server has it: a process of its own, which may end at any time."""

import asyncio
import os
import signal
import sys
import time

import psutil
import pytest

from diffgem_lsp.engine.timing import Timing
from diffgem_lsp.index import process as index_process
from diffgem_lsp.index.process import IndexProcess
from diffgem_lsp.index.store import store_path
from diffgem_lsp.index.worker import RESCAN_S, Worker
from diffgem_lsp.index.workspace import WorkspaceIndex, file_of

QUICK = Timing(first=0.01, most=0.01, attempts=3, steady=1e9)


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    (root / "a.py").write_text("def first(): ...\n")
    return root


@pytest.fixture
async def index(tmp_path):
    index = WorkspaceIndex(tmp_path / "cache", QUICK)
    yield index
    await index.close()


async def until(index, condition):
    """Until it holds, after some word of the index process."""
    heard = asyncio.Event()
    index.on_change.append(heard.set)
    async with asyncio.timeout(60):
        while not condition():
            heard.clear()
            await heard.wait()
    index.on_change.remove(heard.set)


def found(index, name):
    return [each.path for each in index.named([name])]


async def test_from_the_first_scan_to_the_end(index, root):
    """What is saved, renamed and deleted is found as it is now; with the server it ends."""
    index.follow([root.as_uri()])
    await until(index, lambda: str(root) in index.complete)
    assert found(index, "first") == ["a.py"]
    process = psutil.Process(index.pid)
    assert process.nice() >= 10
    (root / "a.py").rename(root / "b é.py")
    (root / "c.py").write_text("class Saved: ...\n")
    index.changed([(root / name).as_uri() for name in ("a.py", "b é.py", "c.py")])
    await until(index, lambda: found(index, "Saved"))
    assert found(index, "first") == ["b é.py"]
    await index.close()
    assert not process.is_running()


async def test_folders_come_and_go(index, root, tmp_path):
    """What is no longer of the workspace is not found, nor what was renamed under the index."""
    other = tmp_path / "other"
    other.mkdir()
    (other / "o.py").write_text("def theirs(): ...\n")
    index.follow([root.as_uri()])
    await until(index, lambda: str(root) in index.complete)
    index.follow([root.as_uri(), other.as_uri()])
    await until(index, lambda: str(other) in index.complete)
    assert found(index, "theirs") == ["o.py"]
    index.follow([other.as_uri()])
    assert found(index, "first") == []
    other.rename(tmp_path / "elsewhere")
    index.changed([(other / "o.py").as_uri()])
    await until(index, lambda: not found(index, "theirs"))
    index.follow([(tmp_path / "elsewhere").as_uri()])
    await until(index, lambda: str(tmp_path / "elsewhere") in index.complete)
    assert found(index, "theirs") == ["o.py"]


async def test_a_killed_process_is_started_again(index, root):
    """Completion went without the workspace until the editor was restarted."""
    index.follow([root.as_uri()])
    await until(index, lambda: str(root) in index.complete)
    first = index.pid
    (root / "a.py").write_text("def second(): ...\n")
    os.kill(first, signal.SIGKILL)
    assert found(index, "first") == ["a.py"]  # what it knew is still there
    await until(index, lambda: found(index, "second"))
    assert index.pid != first


async def test_a_store_that_breaks_is_made_anew(index, root, tmp_path):
    """Its first page could be read, so every start ended the same way, and the next editor's."""
    for number in range(40):
        (root / f"m{number}.py").write_text("".join(f"def f{n}(): ...\n" for n in range(40)))
    index.follow([root.as_uri()])
    await until(index, lambda: str(root) in index.complete)
    await index.close()
    path = store_path(root, tmp_path / "cache")
    good = path.read_bytes()
    path.write_bytes(good[:4096] + b"A" * (len(good) - 4096))
    again = WorkspaceIndex(tmp_path / "cache", QUICK)
    again.follow([root.as_uri()])
    await until(again, lambda: str(root) in again.complete)
    assert found(again, "first") == ["a.py"]
    await again.close()


async def test_one_that_keeps_ending_is_last_end(tmp_path, caplog):
    """It was started again for ever."""
    command = (sys.executable, "-c", "raise SystemExit(7)")
    process = IndexProcess(tmp_path, dict, lambda _: None, QUICK, command)
    process.start()
    async with asyncio.timeout(60):
        await process.over.wait()
    assert process.last_end == "it ended with code 7"
    assert "no index of the workspace: it ended with code 7" in caplog.text
    await process.close()


async def test_one_that_cannot_be_started(tmp_path):
    process = IndexProcess(tmp_path, dict, lambda _: None, QUICK, ("/no/such/program",))
    process.start()
    async with asyncio.timeout(60):
        await process.over.wait()
    assert "cannot be started" in process.last_end
    await process.close()


async def test_one_that_does_not_end_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr(index_process, "LAST_WORDS_S", 0.01)
    heard = asyncio.Event()
    code = "import signal, time; signal.signal(15, 1); print('{}', flush=True); time.sleep(99)"
    process = IndexProcess(
        tmp_path, dict, lambda _: heard.set(), QUICK, (sys.executable, "-c", code)
    )
    process.start()
    async with asyncio.timeout(60):
        await heard.wait()
    child = psutil.Process(process.pid)
    await process.close()
    assert not child.is_running()


async def test_it_ends_with_a_server_that_was_killed(tmp_path, root):
    """Killed editors left processes behind."""
    code = (
        "import asyncio, pathlib, sys\n"
        "from diffgem_lsp.index.workspace import WorkspaceIndex\n"
        "async def main():\n"
        "    index = WorkspaceIndex(pathlib.Path(sys.argv[1]))\n"
        "    index.on_change.append(lambda: print(index.pid, flush=True))\n"
        "    index.follow([pathlib.Path(sys.argv[2]).as_uri()])\n"
        "    await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, str(tmp_path / "cache"), str(root), stdout=-1
    )
    async with asyncio.timeout(60):
        child = psutil.Process(int(await server.stdout.readline()))
        server.kill()
        await server.wait()
        await asyncio.to_thread(child.wait)


async def test_nothing_waits_for_the_process(index, root):
    """A stopped process stopped the editor."""
    index.follow([root.as_uri()])
    await until(index, lambda: str(root) in index.complete)
    os.kill(index.pid, signal.SIGSTOP)
    index.changed([(root / "a.py").as_uri()] * 20_000)  # more than a pipe holds
    assert found(index, "first") == ["a.py"]
    os.kill(index.pid, signal.SIGCONT)


async def test_without_a_folder_nothing_runs(index):
    index.follow(["untitled:a", "vscode-remote://ssh/a"])
    index.changed(["untitled:b"])
    assert index.pid is None
    assert index.named(["x"]) == []


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///a%20b/%C3%A9.py", "/a b/é.py"),
        ("file://localhost/a", "/a"),
        ("untitled:a", None),
        ("/a", None),
    ],
)
def test_paths_of_uris(uri, path):
    found = file_of(uri)
    assert (None if found is None else str(found)) == path


def test_all_is_looked_at_again_after_a_while(tmp_path, root):
    """Editors do not tell of all that others change."""
    now = [0.0]
    worker = Worker(tmp_path / "cache", lambda _: None, clock=lambda: now[0])
    worker.take({"folders": [str(root)]})
    worker.rest()
    (root / "quiet.py").write_text("def quiet(): ...\n")
    index = WorkspaceIndex(tmp_path / "cache", roots=[root])
    for now[0], expected in ((RESCAN_S / 2, []), (RESCAN_S, ["quiet.py"])):
        worker.take({"changed": [str(root / "a.py")]})
        worker.rest()
        assert found(index, "quiet") == expected
    worker.close()


def test_a_changed_ignore_file_has_all_looked_at_again(tmp_path, root):
    worker = Worker(tmp_path / "cache", lambda _: None, clock=time.monotonic)
    worker.take({"folders": [str(root)]})
    worker.rest()
    (root / "new.py").write_text("def new(): ...\n")
    (root / ".gitignore").write_text("\n")
    worker.take({"changed": [str(root / ".gitignore")]})
    worker.rest()
    worker.close()
    assert found(WorkspaceIndex(tmp_path / "cache", roots=[root]), "new") == ["new.py"]

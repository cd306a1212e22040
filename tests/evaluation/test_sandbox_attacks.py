"""Programs that reach for what is not theirs: against each lock by itself, and all together."""

import socket

import pytest

from diffgem_engine.evaluation.sandbox.capabilities import Capabilities, capabilities
from diffgem_engine.evaluation.sandbox.limits import ALL, MIB, Layers, Limits
from diffgem_engine.evaluation.sandbox.outcome import Verdict

KERNEL = Layers(audit=False)
HOOK = Layers(seccomp=False, landlock=False)

BOTH = pytest.mark.parametrize("layers", [ALL, KERNEL, HOOK], ids=["all", "kernel", "hook"])


@pytest.fixture(autouse=True)
def _only_what_the_kernel_has(request):
    found = capabilities()
    layers = request.node.callspec.params.get("layers") if hasattr(request.node, "callspec") else 0
    if layers == KERNEL and not (found.seccomp and found.landlock):
        pytest.skip("the kernel has no seccomp, or no Landlock")


DAEMON = """
import os, sys
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        while True: pass
    os._exit(0)
"""
PROCESSES = {
    "a fork bomb": "import os\nwhile True: os.fork()",
    "a daemon of its own session": DAEMON,
    "a shell": "import os; assert os.system('true') == 0; os.execv('/bin/sh', ['sh'])",
    "a child": "import subprocess; subprocess.run(['true'])",
    "a spawn": "import os; os.posix_spawn('/bin/true', ['true'], {})",
    "an exec": "import os; os.execv('/bin/true', ['true'])",
    "its parent's end": "import os; os.kill(os.getppid(), 9)",
    "everybody's end": "import os; os.kill(-1, 9)",
    "a pool": "import multiprocessing\nmultiprocessing.Process(target=print).start()",
}
CONNECTIONS = {
    "a socket": "import socket; socket.create_connection(('127.0.0.1', {port}))",
    "a pair": "import socket; socket.socketpair()",
    "a page": "import urllib.request; urllib.request.urlopen('http://127.0.0.1:{port}')",
    "a unix socket": "import socket; socket.socket(socket.AF_UNIX).connect({socket!r})",
}
FILES = {
    "written": "open({file!r}, 'w')",
    "appended to": "open({file!r}, 'a')",
    "removed": "import os; os.remove({file!r})",
    "renamed": "import os; os.rename({file!r}, 'mine')",
    "replaced": "import os; open('mine', 'w').close(); os.replace('mine', {file!r})",
    "truncated": "import os; os.truncate({file!r}, 0)",
    "linked": "import os; os.link({file!r}, 'mine')",
    "closed to all": "import os; os.chmod({file!r}, 0)",
    "dated": "import os; os.utime({file!r}, (0, 0))",
    "read": "print(open({file!r}).read())",
    "listed with its neighbours": "import os; os.listdir(os.path.dirname({file!r}))",
    "removed with its neighbours": "import os, shutil; shutil.rmtree(os.path.dirname({file!r}))",
    "given a neighbour": "import os; os.mkdir(os.path.dirname({file!r}) + '/new')",
    "written by a path with dots": "import os; open(os.path.relpath({file!r}), 'w')",
    "written from its folder": "import os; os.chdir(os.path.dirname({file!r})); open('home', 'w')",
    "written through a link": "import os; os.symlink({file!r}, 'mine'); open('mine', 'w')",
    "written by its bytes": "open({file!r}.encode(), 'w')",
}


@BOTH
@pytest.mark.parametrize("what", PROCESSES)
def test_there_is_one_process(run, what, layers):
    """Guards a machine full of processes, or one that outlives its program."""
    outcome = run(PROCESSES[what], layers=layers)
    assert outcome.verdict in (Verdict.REFUSED, Verdict.FAILED)
    if layers != KERNEL:
        assert outcome.verdict is Verdict.REFUSED


@pytest.mark.parametrize("layers", [ALL, KERNEL], ids=["all", "kernel"])
def test_there_is_one_thread(run, layers):
    """Guards SystemExit in a thread, and a thread that goes on beside the harness."""
    source = "import threading, sys\nt = threading.Thread(target=sys.exit)\nt.start()\nt.join()"
    assert run(source, layers=layers).verdict in (Verdict.REFUSED, Verdict.FAILED)


@BOTH
@pytest.mark.parametrize("what", CONNECTIONS)
def test_there_is_no_network(run, what, layers, tmp_path):
    """Guards a machine's neighbours: a listener here that must hear nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        port = server.getsockname()[1]
        source = CONNECTIONS[what].format(port=port, socket=str(tmp_path / "s"))
        outcome = run(source, layers=layers)
        with pytest.raises(BlockingIOError):
            server.accept()
    assert outcome.verdict in (Verdict.REFUSED, Verdict.FAILED)


@BOTH
@pytest.mark.parametrize("what", FILES)
def test_a_file_elsewhere_is_not(run, what, layers, tmp_path):
    """Guards the user's files, by whatever name they are called."""
    file = tmp_path / "theirs" / "home"
    file.parent.mkdir()
    file.write_text("kept")
    before = file.stat()
    outcome = run(FILES[what].format(file=str(file)), layers=layers)
    assert outcome.verdict is Verdict.REFUSED
    assert outcome.output == ""
    assert file.read_text() == "kept"
    assert list(file.parent.iterdir()) == [file]
    assert (file.stat().st_mode, file.stat().st_mtime) == (before.st_mode, before.st_mtime)


@BOTH
def test_its_own_folder_is_its_own(run, layers):
    """Guards locks that refuse what does no harm."""
    source = "\n".join(
        [
            "import os, shutil, tempfile, pathlib",
            "pathlib.Path('a').touch()",
            "with open('a', 'w') as f: f.write('text')",
            "os.mkdir('d'); os.rename('a', 'd/b')",
            "assert open('d/b').read() == 'text'",
            "shutil.rmtree('d')",
            "with tempfile.TemporaryDirectory() as t: open(t + '/x', 'w').close()",
            "assert os.listdir() == []",
            "open(os.devnull, 'w').write('nothing')",
        ]
    )
    outcome = run(source, layers=layers)
    assert outcome.passed, outcome


@BOTH
def test_its_own_home_is_not_the_users(run, layers, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "kept").touch()
    source = "import os\nfor name in os.listdir(os.path.expanduser('~')): os.remove(name)"
    assert run(source, layers=layers).passed
    assert (tmp_path / "kept").exists()


@BOTH
def test_a_file_has_an_end(run, layers):
    """Guards the disk: a gigabyte in one file."""
    source = "f = open('x', 'wb')\nfor _ in range(1000): f.write(bytes(10**6))"
    outcome = run(source, layers=layers)
    assert (outcome.verdict, "File too large" in outcome.detail) == (Verdict.REFUSED, True)


def test_a_folder_has_an_end(run):
    """Guards the disk: a gigabyte in many files."""
    source = "for n in range(1000):\n  with open(f'{n}', 'wb') as f: f.write(bytes(10**6))"
    outcome = run(source, Limits(seconds=30.0, folder_bytes=4 * MIB))
    assert outcome.verdict is Verdict.REFUSED


def test_a_folder_has_an_end_without_the_hook(run):
    source = "n = 0\nwhile True:\n  n += 1\n  with open(f'{n}', 'wb') as f: f.write(bytes(10**5))"
    outcome = run(source, Limits(seconds=30.0, folder_bytes=1 * MIB), KERNEL)
    assert outcome.detail == f"more than {MIB} bytes of files"


@BOTH
def test_whatever_it_leaves_is_removed(run, layers):
    """Guards folders that are left for being deep, closed or full of links."""
    source = "\n".join(
        [
            "import os",
            "os.umask(0o777)",
            "open('file', 'w').close()",
            "os.mkdir('shut')",
            "os.umask(0)",
            "for n in range(40):",
            "  os.mkdir('d' * 200); os.chdir('d' * 200)",
        ]
    )
    # a path that is longer than the kernel's longest cannot be asked about
    assert run(source, layers=layers).verdict in (Verdict.PASSED, Verdict.REFUSED)


@pytest.mark.parametrize("module", ["ctypes", "_ctypes"])
def test_there_is_no_native_code(run, module):
    outcome = run(f"import {module}")
    assert (outcome.verdict, outcome.detail) == (Verdict.REFUSED, f"import {module}")


FORGED = """
import types
def f(): pass
{}
"""
MADE = {
    "replaced": "f.__code__.replace(co_code=b'')",
    "made": "c = f.__code__; type(c)(0, 0, 0, 0, 0, 0, b'', (), (), (), '', '', '', 0, b'', b'')",
    "behind a coroutine": """
import functools
class Code:
    __class__ = types.CodeType
    co_flags = 0x20  # a generator's
    replace = functools.partial(f.__code__.replace, co_code=b'')
class Function:
    __class__ = types.FunctionType
    __code__ = Code()
    def __call__(self): pass
types.coroutine(Function())""",
}


@pytest.mark.parametrize("made", MADE)
def test_there_is_no_code_without_a_source(run, made):
    """Guards the nonce on the caller's stack: an instruction may read what is not its own."""
    outcome = run(FORGED.format(MADE[made]))
    assert (outcome.verdict, outcome.detail) == (Verdict.REFUSED, "code.__new__")


def test_coroutines_are_no_forgery(run):
    source = "import asyncio, types\n@types.coroutine\ndef g(): yield\nasyncio.sleep(0).close()"
    assert run(source).verdict is Verdict.PASSED


def test_limits_cannot_be_raised(run):
    """Guards root, who may raise what was set: without the hook, too."""
    source = "import resource as r\nr.setrlimit(r.RLIMIT_AS, (r.RLIM_INFINITY, r.RLIM_INFINITY))"
    for layers in (ALL, KERNEL):
        assert run(source, layers=layers).verdict in (Verdict.REFUSED, Verdict.FAILED)


def test_what_is_tried_is_told(run):
    assert run("import os; os.fork()").detail == "os.fork"
    assert run("open('/etc/shadow')").detail == "open '/etc/shadow'"


def test_a_refusal_cannot_be_caught(run):
    """Guards a program that tries all there is, one thing after the other."""
    source = "import os\ntry: os.fork()\nexcept BaseException: pass"
    assert run(source).verdict is Verdict.REFUSED


def test_what_is_missing_is_said():
    """Guards a machine that holds less than it says."""
    assert Capabilities(True, 1, False).missing() == []
    assert len(Capabilities(False, 0, False).missing()) == 3
    assert Capabilities(False, 7, True).missing() == ["No seccomp: the network is not held."]
    without = capabilities(HOOK)
    assert (without.seccomp, without.landlock) == (False, 0)

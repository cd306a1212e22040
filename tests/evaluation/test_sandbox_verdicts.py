"""How a program's end is told, and that no program tells a better one."""

import asyncio
import os
import sys

import pytest

from diffgem_engine.evaluation.sandbox.limits import MIB, Layers, Limits
from diffgem_engine.evaluation.sandbox.outcome import SandboxUnavailable, Verdict
from diffgem_engine.evaluation.sandbox.running import Pool, run_program

SHORT = Limits(seconds=1.0)
SMALL = Limits(seconds=30.0, memory=96 * MIB)

# Writes `words` wherever a report may go, and ends as if all were well.
SHOUT = """
import asyncio
import os
import sys
def shout(words):
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, words + b"\\n")
        except OSError:
            pass
"""
FROM_FRAMES = (
    SHOUT
    + """
import sys
frame = sys._getframe()
while frame:
    for value in [*frame.f_locals.values(), *frame.f_globals.values(), *frame.f_code.co_consts]:
        if isinstance(value, (bytes, bytearray)):
            shout(bytes(value[:9999]))
        elif isinstance(value, str):
            shout(value[:9999].encode())
    frame = frame.f_back
os._exit(0)
"""
)
FORGERIES = {
    "exit at once": "import os; os._exit(0)",
    "sys.exit": "import sys; sys.exit(0)",
    "SystemExit": "raise SystemExit",
    "told to every descriptor": SHOUT + 'shout(b\'{"ended": "passed"}\'); os._exit(0)',
    "a nonce of zeros": SHOUT + 'shout(b"0" * 32); shout(bytes(32)); os._exit(0)',
    "what the job's file holds": SHOUT + "os.lseek(0, 0, 0); shout(os.read(0, 10**6)); os._exit(0)",
    "what the frames hold": FROM_FRAMES,
    "the garbage collector": "import gc; gc.get_objects()",
    "a trace function": "import sys; sys.settrace(lambda *_: None)",
    "builtins replaced": (
        "import builtins, os, sys\n"
        "builtins.exec = builtins.compile = builtins.print = lambda *_, **__: None\n"
        "builtins.BaseException = builtins.MemoryError = builtins.AssertionError = ValueError\n"
        "os._exit = sys.exit = lambda *_: None\n"
        "os.write = lambda *_: 0\n"
        "assert False"
    ),
    "an exception that lies": (
        "class Passed(Exception):\n"
        "    def __str__(self): raise SystemExit(0)\n"
        "Passed.__name__ = 'passed'\n"
        "raise Passed"
    ),
    "a handler at the end": (
        "import atexit, os, sys\n"
        "sys.excepthook = lambda *_: os._exit(0)\n"
        "atexit.register(os._exit, 0)\n"
        "assert False"
    ),
    "a timer in the harness": (
        "import os, signal\n"
        "signal.signal(signal.SIGALRM, lambda *_: os._exit(0))\n"
        "signal.setitimer(signal.ITIMER_REAL, 1e-6)\n"
        "while True: pass"
    ),
}


def test_the_last_line_was_run(run):
    """Guards a harness that passes nothing, or that loses what was printed."""
    outcome = run("import sys\nprint('one')\nprint('two', file=sys.stderr)\n")
    assert outcome.passed
    assert outcome.output == "one\ntwo\n"


def test_the_standard_library_is_there(run):
    """Guards locks that are tighter than an ordinary solution is wide."""
    modules = "math re random collections heapq bisect itertools functools typing string datetime"
    modules += " decimal fractions statistics hashlib copy json tempfile dataclasses enum unittest"
    assert run("\n".join(f"import {name}" for name in modules.split())).passed


def test_nothing_of_this_process_is_there(run, monkeypatch):
    """Guards packages, arguments and the environment of the engine in a program's hands."""
    monkeypatch.setenv("SECRET", "hunter2")
    outcome = run(
        "import os, sys\n"
        "assert 'hunter2' not in str(os.environ)\n"
        "assert not any('site-packages' in entry for entry in sys.path)\n"
        "assert 'ctypes' not in sys.modules\n"
        "assert not any(name.startswith('diffgem') for name in sys.modules)\n"
        "assert os.getcwd() == os.environ['HOME'] == os.environ['TMPDIR']\n"
        "assert os.listdir() == []\n"
        "assert sys.argv == ['']\n"
        "assert sys.stdin.read() == ''\n"
        "import diffgem_engine\n"
    )
    assert outcome.detail == "ModuleNotFoundError: No module named 'diffgem_engine'"


def test_the_environment_of_this_process_cannot_be_read(run, monkeypatch):
    monkeypatch.setenv("SECRET", "hunter2")
    read = "import os; print(open(f'/proc/{os.getppid()}/environ').read())"
    for layers in (Layers(), Layers(audit=False)):
        outcome = run(read, layers=layers)
        assert outcome.verdict is Verdict.REFUSED
        assert "hunter2" not in outcome.output


@pytest.mark.parametrize("name", FORGERIES)
def test_no_program_says_that_it_passed(run, name):
    """Guards a pass@1 that a program made up."""
    assert not run(FORGERIES[name]).passed


@pytest.mark.parametrize(
    ("source", "detail"),
    [
        ("assert 1 == 2, 'no'", "AssertionError: no"),
        ("assert 1 == 2", "AssertionError"),
        ("raise ValueError('one\\ntwo')", "ValueError: one"),
        ("raise ValueError('x' * 10**7)", "ValueError: " + "x" * 488),
        ("raise ValueError('\\ud800')", "ValueError: ?"),
        ("def f(:", "SyntaxError: invalid syntax (program, line 1)"),
        ("def f(): f()\nf()", "RecursionError: maximum recursion depth exceeded"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("import os; os._exit(3)", "exited before its end, with status 3"),
        ("class E(Exception):\n  def __str__(self): 1/0\nraise E", "E: <no message>"),
    ],
)
def test_a_failure_is_told_in_a_line(run, source, detail):
    outcome = run(source)
    assert (outcome.verdict, outcome.detail) == (Verdict.FAILED, detail)


@pytest.mark.parametrize("source", ["x = '\0'", "x = '\ud800'", "\x0c\x1a", "\ufeffx = 1"])
def test_text_that_is_no_program_fails(run, source):
    """Guards an exception of our own for what a model may well write."""
    assert run(source).verdict is Verdict.FAILED


@pytest.mark.parametrize("source", ["", "x = 1\r\ny = 2\r\n", "é = '😀'"])
def test_text_that_is_an_unusual_program_passes(run, source):
    assert run(source).passed


@pytest.mark.parametrize(
    "source",
    [
        "while True: pass",
        "import signal\nfor n in range(1, 32):\n  try: signal.signal(n, signal.SIG_IGN)\n"
        "  except OSError: pass\nwhile True: pass",
        "import os\nos.closerange(0, 64)\nwhile True: pass",
        "while True:\n  try:\n    while True: pass\n  except BaseException: pass",
        "import time; time.sleep(10**6)",
        "class E(Exception):\n  def __str__(self):\n    while True: pass\nraise E",
    ],
)
def test_what_never_ends_is_ended(run, source):
    """Guards an evaluation that hangs; SIGTERM would not do."""
    outcome = run(source, SHORT)
    assert (outcome.verdict, outcome.detail) == (Verdict.TIMED_OUT, "after 1 s")


def test_what_prints_for_ever_is_ended_and_its_beginning_kept(run):
    """Guards the engine's memory."""
    outcome = run("while True: print('x' * 1000)", SHORT)
    assert outcome.verdict is Verdict.TIMED_OUT
    assert len(outcome.output) == SHORT.output_bytes


def test_output_that_is_no_text(run):
    outcome = run("import sys; sys.stdout.buffer.write(b'a\\xff\\xfeb')")
    assert outcome.passed
    assert outcome.output == "a\ufffd\ufffdb"


@pytest.mark.parametrize(
    "source",
    [
        "x = []\nwhile True: x.append(bytearray(10**6))",
        "x = []\nwhile True: x.append([0] * 10)",
        "x = 'a'\nwhile True: x += x",
        "def f():\n  x = []\n  while True: x.append(' ' * 999)\nf()",
    ],
)
def test_what_takes_all_memory_is_told_so(run, source):
    assert run(source, SMALL).verdict is Verdict.OUT_OF_MEMORY


@pytest.mark.parametrize(
    ("source", "detail"),
    [
        ("import faulthandler; faulthandler._sigsegv()", "Segmentation fault"),
        ("import os; os.abort()", "Aborted"),
        ("import signal; signal.raise_signal(signal.SIGTERM)", "Terminated"),
    ],
)
def test_a_crash_is_told_by_its_signal(run, source, detail):
    outcome = run(source)
    assert (outcome.verdict, outcome.detail) == (Verdict.CRASHED, detail)


def test_a_recursion_that_overflows_the_stack_stays_its_own(run):
    """Which end that is, is the interpreter's affair: it differs between versions."""
    source = "import sys\nsys.setrecursionlimit(10**9)\nclass A:\n"
    source += "  def __repr__(self): return repr([self])\nrepr(A())"
    outcome = run(source, SMALL)
    assert outcome.verdict in (Verdict.CRASHED, Verdict.FAILED, Verdict.OUT_OF_MEMORY)


def test_without_news_of_the_end_it_is_still_seen(run, monkeypatch):
    """Guards kernels without pidfd_open."""

    def missing(*_):
        raise OSError("not implemented")

    monkeypatch.setattr(os, "pidfd_open", missing)
    assert run("x = 1").passed
    assert run("assert False").verdict is Verdict.FAILED


def test_an_interpreter_that_does_not_start_is_no_programs_fault(run, monkeypatch):
    """Guards a pass@1 of zero where nothing was ever run."""
    broken = (sys.executable, "-c", "import sys; sys.exit('no such thing')")
    monkeypatch.setattr("diffgem_engine.evaluation.sandbox.job.COMMAND", broken)
    with pytest.raises(SandboxUnavailable, match="before it ran anything, with status 1: no such"):
        run("x = 1")


def test_another_platform_is_told(monkeypatch):
    monkeypatch.setattr("sys.platform", "darwin")
    said = "programs are run on Linux alone, whose kernel confines them: evaluate there"
    with pytest.raises(SandboxUnavailable, match=said):
        run_program("x = 1")


async def test_a_pool_runs_each_program_once(run):
    """Guards results that are mixed up between programs."""
    sources = [f"print({number}); assert {number} % 3" for number in range(12)]
    with Pool(at_once=4) as pool:
        outcomes = await asyncio.gather(*map(pool.run, sources))
    assert [outcome.output for outcome in outcomes] == [f"{number}\n" for number in range(12)]
    assert [outcome.passed for outcome in outcomes] == [number % 3 != 0 for number in range(12)]

"""The audit hook: the first forbidden act ends the program, and is told.

Events: https://docs.python.org/3/library/audit_events.html.  Not the only line of any defence:
native code raises no events, and a path relative to a directory's descriptor is not resolved.
"""

import os
import sys
import types
from collections.abc import Callable

from diffgem_engine.evaluation.sandbox.inside.endings import REFUSED, line

FAMILIES = ("ctypes", "ftplib", "pty", "socket", "subprocess", "urllib", "webbrowser")
FORBIDDEN = {
    "os": "exec fork forkpty kill killpg link posix_spawn removexattr setxattr spawn symlink"
    " system",
    "signal": "pthread_kill",
    "_thread": "start_new_thread start_joinable_thread",
    "gc": "get_objects get_referents get_referrers",
    "sys": "_current_exceptions _current_frames addaudithook remote_exec setprofile settrace",
    "sys.monitoring": "register_callback",
    "resource": "prlimit setrlimit",
    "syslog": "syslog",
}
EVENTS = frozenset(f"{of}.{name}" for of, names in FORBIDDEN.items() for name in names.split())
MODULES = frozenset(["ctypes", "_ctypes", "_interpreters", "_testcapi", "_xxsubinterpreters"])
READS = frozenset(("os.chdir", "os.listdir", "os.scandir"))
CHANGES = {  # event -> how many paths it begins with
    **dict.fromkeys(("os.chmod", "os.chown", "os.mkdir", "os.remove", "os.rmdir"), 1),
    **dict.fromkeys(("os.truncate", "os.utime", "shutil.rmtree"), 1),
    "os.rename": 2,
}
CHANGING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
MOST_FILES = 64  # made in one run

Hook = Callable[[str, tuple[object, ...]], None]


class _Folders:
    """What may be read and what may be changed; the kernel's rules, asked once more."""

    def __init__(self, folder: str, roots: list[str]) -> None:
        self._folder, self._roots = folder, (folder, *roots)
        self._resolve, self._plain = os.path.realpath, os.fspath
        self.left = MOST_FILES

    def may_read(self, path: object) -> bool:
        return path is None or isinstance(path, int) or self._below(path, self._roots)

    def may_change(self, path: object) -> bool:
        return isinstance(path, int) or self._below(path, (self._folder,))

    def _below(self, path: object, roots: tuple[str, ...]) -> bool:
        plain = self._plain(path)  # type: ignore[call-overload]
        # a subclass of str has methods of its own
        text = bytes.decode(plain) if isinstance(plain, bytes) else str.__str__(plain)
        full = self._resolve(text)
        return any(full == root or full.startswith(root + "/") for root in roots)

    def may_make(self) -> bool:
        self.left -= 1
        return self.left >= 0


def hook(folder: str, roots: list[str], report: int) -> Hook:
    write, leave, folders = os.write, os._exit, _Folders(folder, roots)
    frame, marks_coroutine = sys._getframe, _coroutine_marker()

    def refuse(what: str) -> None:
        write(report, line(REFUSED, what))
        leave(1)

    def heard(event: str, arguments: tuple[object, ...]) -> None:
        if event in EVENTS or event.partition(".")[0] in FAMILIES:
            refuse(event)
        if event == "code.__new__" and not marks_coroutine(frame(1)):
            refuse(event)
        if event == "import" and arguments[0] in MODULES:
            refuse(f"import {arguments[0]}")
        if not _may(folders, event, arguments):
            refuse(f"{event} {_first(arguments)}")

    return heard


def _coroutine_marker() -> Callable[[types.FrameType], bool]:
    """Tells whether a frame is that of `types.coroutine`, which gives a function's code a flag.

    All other code that no source was compiled to is forbidden: its instructions may read what is
    on another's stack.  asyncio is imported with that one.
    """
    code, function = types.coroutine.__code__, types.FunctionType

    def marks(frame: types.FrameType) -> bool:
        return frame.f_code is code and type(frame.f_locals.get("func")) is function

    return marks


def _first(arguments: tuple[object, ...]) -> str:
    return str.__repr__(arguments[0]) if isinstance(arguments[0], str) else ""


def _may(folders: _Folders, event: str, arguments: tuple[object, ...]) -> bool:
    """False for a path that is out of bounds, and for one file too many."""
    if event == "open":
        return _may_open(folders, arguments[0], arguments[2])
    if event in READS:
        return folders.may_read(arguments[0])
    if event == "os.mkdir" and not folders.may_make():
        return False
    return all(map(folders.may_change, arguments[: CHANGES.get(event, 0)]))


def _may_open(folders: _Folders, path: object, flags: object) -> bool:
    assert isinstance(flags, int)
    if not flags & CHANGING or path == os.devnull:
        return folders.may_read(path)
    if flags & os.O_CREAT and not folders.may_make():
        return False
    return folders.may_change(path)

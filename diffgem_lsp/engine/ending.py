"""End an engine that other programs have started, by the lock that it holds while it lives."""

import fcntl
import os
import signal
import time

from diffgem_engine.endpoint import UnixEndpoint, engine_pid, lock_file
from diffgem_lsp.engine.errors import EngineError

PATIENCE_S = 20.0  # it lets requests end before it does
PAUSE_S = 0.05


def end(endpoint: UnixEndpoint) -> int | None:
    """The process id of the engine that had the endpoint, once it has ended.

    None if there was none.  Raises EngineError where it does not end, or may not be ended.
    """
    pid: int | None = None
    until = time.monotonic() + PATIENCE_S
    while is_held(endpoint):
        if pid is None and (pid := engine_pid(endpoint)) is not None:
            _ask(pid, endpoint)
        if time.monotonic() > until:
            which = f"the engine on {endpoint}" + (f" (pid {pid})" if pid else "")
            raise EngineError(f"{which} has not ended in {PATIENCE_S:g} s: end it, then try again")
        time.sleep(PAUSE_S)
    return pid


def is_held(endpoint: UnixEndpoint) -> bool:
    """Whether an engine lives there: what a killed one left in its lock file is nobody's number.

    Looking is sharing: two who look at once must not take each other for an engine.

    Raises EngineError where that cannot be told.
    """
    try:
        handle = os.open(lock_file(endpoint), os.O_RDWR | os.O_NOFOLLOW)
    except FileNotFoundError:
        return False
    except OSError as error:  # another user's, or a link that somebody put there
        raise EngineError(
            f"{lock_file(endpoint)} cannot be opened: {error.strerror}; remove it, or name another "
            "socket by DIFFGEM_SOCKET"
        ) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def _ask(pid: int, endpoint: UnixEndpoint) -> None:
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        return  # it has ended meanwhile
    except PermissionError as error:
        raise EngineError(
            f"the engine on {endpoint} (pid {pid}) is another user's: ask them to end it"
        ) from error

"""What signals mean while the model loads; once it serves, the server itself hears them."""

import contextlib
import signal
from collections.abc import Generator
from types import FrameType

from diffgem_engine.endpoint import Endpoint, TlsEndpoint

SIGNALS = (signal.SIGTERM, signal.SIGINT)  # they end it


@contextlib.contextmanager
def interruptible() -> Generator[None]:
    """While the model loads, SIGTERM ends the process as Ctrl-C does: by way of the cleanup."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def hangups_put_off(endpoint: Endpoint) -> Generator[None]:
    """SIGHUP, which asks an engine over TLS for a look at its certificate, must not end it while it
    loads, as if that were a wish of the operator's: it looks by itself soon after.
    """
    if not isinstance(endpoint, TlsEndpoint):
        yield
        return
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)

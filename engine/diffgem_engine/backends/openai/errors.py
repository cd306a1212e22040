"""What may be wrong with an upstream, in words for who asked."""

from diffgem_engine.backends.base import RequestError
from diffgem_engine.backends.openai.names import UPSTREAM, Names


class UpstreamError(Exception):
    """`url` did not answer, and `why`: the end of a sentence that begins with its address.

    `words` are its own.  They may quote what it was asked, so they are for who asked it, and for no
    log and nobody else.
    """

    kind = "garbled"  # as a metric's label has it
    again = False  # nothing was generated for it: it may be asked of another, or later
    fault = True  # the upstream is to rest if it goes on so

    def __init__(
        self, url: str, why: str, retry_after_s: float | None = None, words: str = ""
    ) -> None:
        super().__init__(f"{url} {why}")
        self.url = url
        self.why = why
        self.retry_after_s = retry_after_s
        self.words = words

    @property
    def in_full(self) -> str:
        return f"{self}: {self.words}" if self.words else str(self)


class Unreachable(UpstreamError):
    """No connection, or one that ended before an answer began."""

    kind = "unreachable"
    again = True


class Busy(UpstreamError):
    """It says so itself, and perhaps for how long."""

    kind = "busy"
    again = True
    fault = False


class Garbled(UpstreamError):
    """It answered what nobody can use: no JSON, half of a stream, too much, too slowly."""


class Refused(UpstreamError):
    """It does not do what was asked (4xx): another time it would not either."""

    kind = "refused"
    fault = False

    def __init__(self, url: str, status: int, message: str) -> None:
        super().__init__(url, f"refused the request ({status})", words=message)
        self.status = status


def told(error: UpstreamError, names: Names = UPSTREAM) -> RequestError:
    """For the editor's user: which upstream, what is wrong, who can do what."""
    match error:
        case Busy():
            advice = f"it has too much to do: ask again, or give the engine another {names.url}"
            return RequestError("overloaded", f"{error.in_full}; {advice}", error.retry_after_s)
        case Refused(status=401 | 403):
            advice = f"the engine's operator gives another {names.key_file}"
        case Refused():
            advice = f"the engine's operator compares {names.model} with what it serves"
        case Unreachable():
            advice = f"the engine's operator starts it again, or corrects {names.url}"
        case _:
            advice = "the engine's operator looks into that server's log"
    return RequestError(
        "unavailable", f"{names.what} {error.in_full}; {advice}", error.retry_after_s
    )

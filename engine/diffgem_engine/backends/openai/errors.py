"""What may be wrong with an upstream, in words for who asked."""

from attrs import asdict

from diffgem_engine.backends.base import RequestError
from diffgem_engine.backends.openai.names import UPSTREAM, Names


class UpstreamError(Exception):
    """`url` did not answer, and `why`: the end of a sentence that begins with its address.

    `words` are its own.  They may quote what it was asked, so they are for who asked it, and for no
    log and nobody else.
    """

    kind = "garbled"  # as a metric's label has it
    again = False  # nothing was generated for it: it may be asked of another, or later
    elsewhere = False  # the same, but the upstream itself would say it again
    fault = True  # the upstream is to rest if it goes on so
    advice = "the engine's operator looks into that server's log"  # with `Names` in braces

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

    def advised(self, names: Names) -> str:
        """What is wrong, and who can do what: for everybody."""
        return f"{names.what} {self}; {self._advice(names)}"

    def advised_in_full(self, names: Names) -> str:
        """For who asked."""
        return f"{names.what} {self.in_full}; {self._advice(names)}"

    def _advice(self, names: Names) -> str:
        return self.advice.format(**asdict(names))


class Unreachable(UpstreamError):
    """No connection, or one that ended before an answer began."""

    kind = "unreachable"
    again = True
    advice = "the engine's operator starts it again, or corrects {url}"


class Untrusted(UpstreamError):
    """No TLS with it: nothing was sent."""

    kind = "unreachable"
    elsewhere = True
    advice = "the engine's operator {trust}, or gives {url} as its certificate has it"


class Busy(UpstreamError):
    """It says so itself, and perhaps for how long."""

    kind = "busy"
    again = True
    fault = False
    advice = "it has too much to do: ask again, or give the engine another {url}"


class Garbled(UpstreamError):
    """It answered what nobody can use: no JSON, half of a stream, too much, too slowly."""


class Refused(UpstreamError):
    """It does not do what was asked (4xx): another time it would not either."""

    kind = "refused"
    fault = False
    advice = "the engine's operator compares {model} with what it serves"

    def __init__(self, url: str, status: int, message: str) -> None:
        super().__init__(url, f"refused the request ({status})", words=message)
        self.status = status


class TurnedAway(Refused):
    """Whatever it is asked: it does not take our key, or does not serve this."""

    elsewhere = True
    fault = True

    def __init__(self, url: str, status: int, message: str, path: str) -> None:
        super().__init__(url, status, message)
        if status in (401, 403):
            self.advice = "the engine's operator gives another {key_file}"
        else:
            self.advice = (
                "the engine's operator compares {model} with what it serves, and looks whether it "
                "has " + path.replace("{", "{{").replace("}", "}}")
            )


class Unserved(UpstreamError):
    """The model that it is asked for is none of those that it serves."""

    kind = "refused"
    elsewhere = True
    advice = "the engine's operator gives as {model} what it serves, or another {url}"


class Redirected(UpstreamError):
    """Elsewhere, where neither text nor key is sent."""

    kind = "refused"
    elsewhere = True
    advice = "the engine's operator gives as {url} the address where that server really is"


def told(error: UpstreamError, names: Names = UPSTREAM) -> RequestError:
    """For the editor's user: which upstream, what is wrong, who can do what."""
    code = "overloaded" if isinstance(error, Busy) else "unavailable"
    return RequestError(code, error.advised_in_full(names), error.retry_after_s)

"""What upstreams do wrong: what they say, and what is said of it."""

import gzip

from asking_upstreams import HASTY, event, streamed
from attrs import frozen
from upstreams import reply


@frozen
class Bad:
    """`words` are in the message; `said`, the server's own, only in that for who asked.

    `elsewhere`: nothing was generated, so another is asked.
    """

    says: bytes
    words: tuple
    endless: bytes = b""
    pause_s: float = 0.0
    elsewhere: bool = False
    said: str = ""

    @property
    def patience(self):
        """Little where it never comes to an end."""
        return HASTY if self.pause_s else None


STREAM = reply(b"", kind="text/event-stream", length=1 << 40)
PLAIN = reply(b"", length=1 << 40)
LOG, KEY = "looks into that server's log", "gives another --upstream-key-file"
BAD = {
    "garbage": Bad(
        b"\x00\xff garbage\r\n\r\n", ("without an answer", "starts it again"), elsewhere=True
    ),
    "no stream": Bad(
        reply(b"<html>Hi</html>", kind="text/html"), ("streams no event (text/html)", LOG)
    ),
    "nothing": Bad(reply(b""), ("streams no event", LOG)),
    "closes in the middle": Bad(reply(event("ha"), length=999), ("broke off in the middle", LOG)),
    "drips": Bad(STREAM, ("an end within 0.6 s", LOG), b": x\n\n", 0.05),
    "drips headers": Bad(b"HTTP/1.1 200 OK\r\n", ("an end within 0.6 s", LOG), b"x: y\r\n", 0.05),
    "endless headers": Bad(
        b"HTTP/1.1 200 OK\r\n", ("without an answer",), b"x: %b\r\n" % (b"y" * 999), elsewhere=True
    ),
    "continues": Bad(b"", ("an end within 0.6 s",), b"HTTP/1.1 100 Continue\r\n\r\n" * 9, 0.05),
    "a word without end": Bad(STREAM, ("streams an event of more than",), b"9" * 65536),
    "says no with no end": Bad(
        reply(b"", status="400 No", length=1 << 40),
        ("does not come to its reason", "--upstream-model"),
        b"y" * 65536,
    ),
    "compresses": Bad(
        reply(gzip.compress(b"\0" * (16 << 20)), headers="content-encoding: gzip\r\n"),
        ("compresses an answer", LOG),
    ),
    "HTTP 500": Bad(reply(b"{}", status="500 Oh"), ("answers HTTP 500", LOG)),
    "HTTP 502": Bad(
        reply(b"", status="502 Gone"),
        ("stands before a server that is away (HTTP 502)", "starts it again"),
        elsewhere=True,
    ),
    "HTTP 204": Bad(b"HTTP/1.1 204 None\r\n\r\n", ("answers HTTP 204", LOG)),
    "wrong key": Bad(
        reply(b'{"error": {"message": "who?"}}', status="401 Who"),
        ("refused the request (401)", KEY),
        said="who?",
        elsewhere=True,
    ),
    "unknown path": Bad(
        reply(b"{}", status="404 What"),
        ("refused the request (404)", "whether it has /v1/"),
        elsewhere=True,
    ),
    "leads elsewhere": Bad(
        reply(b"", status="307 There", headers="location: http://127.0.0.1:9/\r\n"),
        ("leads elsewhere (HTTP 307)", "gives as --url"),
        elsewhere=True,
    ),
    "no number": Bad(
        streamed(b'data: {"choices": [], "usage": {"prompt_tokens": NaN}}\n\n'), ("no JSON", LOG)
    ),
    "no object": Bad(streamed(b"data: [1]\n\n"), ("answers JSON that is no object", LOG)),
    "half a character": Bad(streamed(event("\ud800", "stop")), ("writes what is no Unicode", LOG)),
    "escapes": Bad(
        reply(b'{"error": "\\u001b[31mred\\nline"}', status="403 No"),
        ("refused the request (403)", KEY),
        said="[31mred line",
        elsewhere=True,
    ),
}
NAMES = sorted(BAD)

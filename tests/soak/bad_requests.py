"""Requests over HTTP, few of which are any; each is bytes, and says what may come of it."""

import json

from attrs import frozen

PATHS = ("/v1/completions", "/v1/fim/completions", "/infill", "/metrics", "/v1/models", "/health")
POSTS = PATHS[:3]
ODD = (
    *(None, True, -1, 0, 3, 1e400, 2**70, 0.5, "", "x", "\ud800", "\0", "x" * 400, [], ["a", "b"]),
    *([[]], [None] * 50, {}, {"a": {"b": []}}, {"": None}),
)
NAMES = (
    *("prompt", "suffix", "max_tokens", "stop", "n", "best_of", "seed", "stream", "echo", "model"),
    *("stream_options", "deadline_ms", "input_prefix", "input_suffix", "input_extra", "n_predict"),
    *("logprobs", "t_max_predict_ms", "response_fields", "samplers", "temperature", "random_seed"),
)


@frozen
class Asked:
    """`pieces` are written one by one.  `whole` is one request with one answer, after which the
    connection may go on; after another it is left, and one that is `unended` may be left early.
    """

    pieces: tuple[bytes, ...]
    whole: bool = True
    unended: bool = False

    @property
    def headless(self):
        """Whether its answer has no body."""
        return self.pieces[0].startswith(b"HEAD ")


def asked(draw, tokens):
    """`tokens` are the values of Authorization that it may come with; None is none."""
    kinds = [_json, _body, _request_line, _header, _chunked, _length, _smuggled, _upgrade]
    kinds += [_noise, _unended, _large]
    weights = [40, 10, 12, 12, 8, 6, 5, 6, 2, 1, 0.1]
    return draw.choices(kinds, weights)[0](draw, draw.choice(tokens))


def head(line, token=None, *headers):
    named = [b"Host: x", *headers, *([b"Authorization: " + token] if token else [])]
    return b"\r\n".join([line, *named]) + b"\r\n\r\n"


def post(path, token, body, *headers):
    line = b"POST " + path.encode() + b" HTTP/1.1"
    return head(line, token, b"Content-Length: %d" % len(body), *headers) + body


def _json(draw, token):
    """An object, some of whose fields are of another type."""
    fields = {"prompt": "def f(", "max_tokens": 4} if draw.random() < 0.7 else {}
    for _ in range(draw.choice((0, 1, 1, 2, 4))):
        fields[draw.choice(NAMES)] = draw.choice(ODD)
    return Asked((post(draw.choice(POSTS), token, json.dumps(fields).encode()),))


def _body(draw, token):
    """What is no JSON, or none that ends."""
    body = draw.choice(
        (
            *(b"", b"{", b"[]", b"null", b'"x"', b"1" * 5_000, b"{}" * 2, b"\xff\xfe{\0}\0"),
            *(b'{"prompt": "\xff"}', b'{"prompt": "\\ud800"}', b'{"prompt": NaN}', b"[" * 50_000),
            *(b'{"a":' * 20_000, b'{"prompt": 1e999999}', draw.randbytes(300), b"\0" * 99),
            *(b'{"prompt": "a", "prompt": 2}', b'{"max_tokens": ' + b"9" * 5_000 + b"}"),
        )
    )
    return Asked((post(draw.choice(POSTS), token, body, b"Content-Type: text/plain"),))


def _request_line(draw, token):
    method = draw.choice(
        (b"GET", b"HEAD", b"PUT", b"DELETE", b"TRACE", b"OPTIONS", b"get", b"X" * 99)
    )
    path = draw.choice(
        (
            *(
                b"/",
                b"//",
                b"*",
                b"/%00",
                b"/%ff%fe",
                b"/v1/models/%2e%2e%2f",
                b"/health/",
                b"/../..",
            ),
            *(
                b"/v1/models/" + b"a" * 2_000,
                b"http://[::1",
                b"http://x:99999/health",
                b"/?" + b"&" * 99,
            ),
            *(b"/v1/ws", b"/v1/ws/", b"/metrics?name[]=x", b"x", b"/%", b"/health#x", b"/infill"),
        )
    )
    version = draw.choice(
        (b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.0", b"HTTP/9.9", b"HTTP/1.", b"", b"ICY")
    )
    return Asked((head(b" ".join((method, path, version)), token),), whole=False)


def _header(draw, token):
    odd = draw.choice(
        (
            *(b"Host: [::1", b"Host: \xff", b"X: \0", b"X: a\rb", b"X : y", b": y", b"no colon"),
            *(b"X: " + b"a" * 9_000, b"X: " + b"a" * 20_000, b"Accept: " + b"*/*," * 400),
            *(b"\r\n".join(b"H%d: x" % n for n in range(300)), b" folded: x", b"X:\r\n more"),
            *(
                b"Origin: https://evil.example",
                b"X-Request-Id: \x7f",
                b"X-Request-Id: " + b"a" * 999,
            ),
            *(b"Expect: 100-continue", b"Expect: pigs-fly", b"Connection: close, upgrade"),
            *(b"Authorization: Bearer", b"Authorization: Basic \xff", b"Accept: a;q=x, b;q=\xff"),
            *(b"Accept: application/openmetrics-text;version=\xff", b"Cookie: " + b"a=b;" * 99),
        )
    )
    path = draw.choice((*PATHS, "/health/", "/v1/models/")).encode()
    return Asked((head(b"GET " + path + b" HTTP/1.1", token, odd),), whole=False)


def _chunked(draw, token):
    first = head(b"POST /infill HTTP/1.1", token, b"Transfer-Encoding: chunked")
    rest = draw.choice(
        (
            *(
                b"0\r\n\r\n",
                b"2\r\n{}\r\n0\r\n\r\n",
                b"zz\r\n",
                b"-1\r\n\r\n",
                b"ffffffffffffffffff\r\n",
            ),
            *(b"2;a=b\r\n{}\r\n0\r\nX: y\r\n\r\n", b"2\r\n{}x\r\n0\r\n\r\n", b"5\r\n" + b"a" * 99),
            *(b"2;" + b"a" * 20_000 + b"\r\n{}\r\n", b"0\r\nbad trailer\r\n\r\n", b"0x2\r\n{}\r\n"),
        )
    )
    return Asked((first, rest) if draw.random() < 0.5 else (first + rest,), whole=False)


def _length(draw, token):
    """A lie, or none."""
    length = draw.choice(
        (b"-1", b"+2", b"2, 2", b"2, 3", b"0x2", b"9" * 30, b"9999999999", b"\xb2", b"")
    )
    line = b"POST " + draw.choice(POSTS).encode() + b" HTTP/1.1"
    return Asked((head(line, token, b"Content-Length: " + length) + b"{}",), whole=False)


def _smuggled(draw, token):
    """Two requests, for who reads it one way, and one for who reads it another."""
    inner = head(b"GET /metrics HTTP/1.1", token)
    both = (b"Content-Length: 4", b"Transfer-Encoding: chunked")
    odd = draw.choice(
        (
            both,
            both[::-1],
            (b"Content-Length: 0", b"Content-Length: %d" % len(inner)),
            (b"Transfer-Encoding: chunked, identity",),
            (b"Transfer-Encoding: \x0bchunked", b"Content-Length: 3"),
            (b"Content-Length: 0",),
        )
    )
    start = head(b"POST /infill HTTP/1.1", token, *odd)
    return Asked((start + draw.choice((b"", b"0\r\n\r\n")) + inner,), whole=False)


def _upgrade(draw, token):
    """A handshake, most with something wrong."""
    headers = [
        *(b"Upgrade: websocket", b"Connection: Upgrade", b"Sec-WebSocket-Version: 13"),
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    ]
    odd = draw.choice(
        (
            *(
                b"Upgrade: h2c",
                b"Upgrade: websocket, x",
                b"Connection: close",
                b"X: " + b"a" * 9_000,
            ),
            *(b"Sec-WebSocket-Key: x", b"Sec-WebSocket-Key: \xff", b"Sec-WebSocket-Version: 99"),
            *(
                b"Sec-WebSocket-Extensions: ;;,=",
                b"Sec-WebSocket-Protocol: ,,(",
                b"Content-Length: 5",
            ),
            *(b"\r\n".join(b"H%d: x" % n for n in range(200)), b"Origin: x", b"X: \xe9"),
            *(b"Transfer-Encoding: chunked", b"Expect: 100-continue", b"Origin: http://[::1"),
        )
    )
    change = draw.random()  # some are as they should be
    if change < 0.4:
        headers[draw.randrange(len(headers))] = odd
    elif change < 0.8:
        headers.append(odd)
    path = draw.choice(
        (b"/v1/ws", b"/v1/ws", b"/", b"/health", b"http://[::1", b"/v1/ws?" + b"a" * 9_000)
    )
    line = draw.choice((b"GET ", b"GET ", b"GET ", b"POST ")) + path
    line += draw.choice((b" HTTP/1.1", b" HTTP/1.1", b" HTTP/1.1", b" HTTP/1.0"))
    return Asked((head(line, token, *headers) + draw.choice((b"", b"\x82\x00abc")),), whole=False)


def _noise(draw, _token):
    """No HTTP at all; a beginning of TLS, of SSH and of HTTP/2 among it."""
    hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"
    odd = (
        hello,
        b"SSH-2.0-x",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        draw.randbytes(300),
        b"\0" * 99,
    )
    return Asked((draw.choice(odd) + b"\r\n\r\n",), whole=False)


def _large(draw, token):
    """More than a message may be, announced or not."""
    path, size = draw.choice(PATHS).encode(), 5 * 2**20
    if draw.random() < 0.5:
        first = head(b"POST " + path + b" HTTP/1.1", token, b"Transfer-Encoding: chunked")
        return Asked((first, b"%x\r\n" % size + bytes(size) + b"\r\n0\r\n\r\n"), whole=False)
    length = b"Content-Length: %d" % size
    return Asked((head(b"POST " + path + b" HTTP/1.1", token, length), bytes(size)), whole=False)


def _unended(draw, token):
    whole = post(draw.choice(POSTS), token, b'{"prompt": "x"}')
    return Asked((whole[: draw.randrange(1, len(whole))],), whole=False, unended=True)

"""What a websocket's client may send: frames that end nothing, and frames that end all."""

import struct

from bad_messages import payload

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


def frame(opcode, data, *, fin=True, reserved=0, masked=True, length=None):
    """`length` is what it claims to have."""
    size = len(data) if length is None else length
    head = bytes([fin << 7 | reserved << 4 | opcode])
    mask = 0x80 if masked else 0
    if size < 126:
        head += bytes([mask | size])
    elif size < 2**16:
        head += struct.pack("!BH", mask | 126, size)
    else:
        head += struct.pack("!BQ", mask | 127, size)
    return head + (bytes(4) + data if masked else data)  # a mask of zeros changes nothing


def harmless(draw):
    """The engine answers it or ignores it, and reads on."""
    return draw.choices([_whole, _in_pieces, _control], [85, 8, 7])[0](draw)


def fatal(draw):
    """The engine has to end the connection."""
    return draw.choice(FATAL)(draw)


def _whole(draw):
    return frame(BINARY, payload(draw))


def _in_pieces(draw):
    """With a ping between them."""
    data = payload(draw)
    cut = draw.randrange(len(data) + 1)
    between = frame(PING, b"now?") if draw.random() < 0.5 else b""
    rest = frame(CONTINUATION, b"", fin=False) + frame(CONTINUATION, data[cut:])
    return frame(BINARY, data[:cut], fin=False) + between + rest


def _control(draw):
    return frame(draw.choice((PING, PONG)), draw.randbytes(draw.choice((0, 4, 125))))


FATAL = (
    lambda draw: frame(TEXT, draw.choice((b"", b"hello", '{"type": "Héllo"}'.encode()))),
    lambda draw: frame(TEXT, draw.choice((b"\xff\xfe", b"\xed\xa0\x80", b"\xc3"))),
    lambda draw: frame(draw.choice((3, 4, 5, 6, 7, 11, 12, 15)), payload(draw)),
    lambda draw: frame(BINARY, payload(draw), reserved=draw.randrange(1, 8)),
    lambda draw: frame(BINARY, payload(draw), masked=False),
    lambda _draw: frame(PING, b"", fin=False),
    lambda _draw: frame(PING, bytes(126)),
    lambda draw: frame(CONTINUATION, payload(draw)),
    lambda draw: frame(BINARY, b"a", fin=False) + frame(BINARY, payload(draw)),
    lambda draw: frame(BINARY, b"abc", length=draw.choice((2**24, 2**31, 2**63 - 1, 2**64 - 1))),
    lambda draw: frame(BINARY, bytes(2**16), fin=False, length=2**23 + draw.randrange(1, 99)),
    lambda draw: frame(CLOSE, draw.choice((b"\x03", b"\x00\x00", b"\x03\xed", b"\xff\xff"))),
    lambda draw: frame(CLOSE, b"\x03\xe8" + draw.choice((b"", b"bye", b"\xff\xfe"))),
    lambda draw: frame(CLOSE, b"", fin=draw.random() < 0.5),
    lambda draw: draw.randbytes(2) + b"\xff" * 300,
)

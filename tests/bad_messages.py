"""Payloads that are no message, or almost one: valid ones with something wrong in them."""

from copy import deepcopy

import msgpack

from diffgem_engine import wire
from diffgem_engine.protocol import (
    PROTOCOL_VERSION,
    Cancel,
    Count,
    Hello,
    Hole,
    Infill,
    Pinned,
    Review,
    Sampling,
)

NAN = float("nan")
INF = float("inf")
SURROGATE = b"\xed\xa0\x80"  # as UTF-8 would have it, if it had one
ODD = (
    *(None, True, False, 0, -1, 1, 2**31, 2**63 - 1, 2**64 - 1, -(2**63), 0.5, NAN, INF, -INF),
    *("", "x", "\0", "\u202e", "nan", "diffusion", "x" * 300, b"", b"\xff\x00", b"x" * 300),
    *([], [[]], [None] * 40, {}, {"type": "Hole"}, {"": ""}, {1: 2}, {None: None}, {b"id": 1}),
    *(msgpack.ExtType(5, b"abc"), msgpack.Timestamp(1), msgpack.ExtType(127, b"")),
)


def valid(draw):
    """One of each kind, as a client's map."""
    number = draw.choice((0, 1, 7, draw.randrange(2**31)))
    hole = Hole(draw.choice((1, 4, 16)), draw.choice(("", "x")))
    message = draw.choice(
        (
            Hello(PROTOCOL_VERSION, "fuzz"),
            Infill(number, "def f(", "):\n", (hole, Pinned(", ")), sampling=Sampling(steps=8)),
            Infill(number, "x" * 40, "", (hole,), drafts=("a", "b"), trace="f-1", scored=True),
            Cancel(number),
            Count(number, ("a", "bc")),
            Review(number, "a", "b", "c", "interactive", "t"),
        )
    )
    return msgpack.unpackb(wire.encode(message))


def payload(draw):
    return draw.choices(
        [_mutated, _spoilt, _noise, _nested, _claims, _twice, _other_keys],
        [60, 15, 10, 4, 5, 3, 3],
    )[0](draw)


def _mutated(draw):
    """Well-formed msgpack, of the wrong shape in up to three places."""
    message = valid(draw)
    for _ in range(draw.choice((1, 1, 2, 3))):
        _mutate(draw, message)
    return _packed(message)


def _mutate(draw, found):
    """Somewhere in a map or an array."""
    keys = list(found) if isinstance(found, dict) else list(range(len(found)))
    key = draw.choice(keys) if keys else 0
    inner = found[key] if keys else None
    if isinstance(inner, dict | list) and inner and draw.random() < 0.6:
        _mutate(draw, inner)
    elif isinstance(found, list):
        found.insert(key, _odd(draw))
    elif keys and draw.random() < 0.2:
        del found[key]
    elif draw.random() < 0.2:
        found[draw.choice(("extra", "", 5, None, b"id", "x" * 100))] = _odd(draw)
    else:
        found[key] = _odd(draw)


def _odd(draw):
    return deepcopy(draw.choice(ODD))  # it may be mutated again


def _spoilt(draw):
    """A valid one, cut short or with bytes that are others."""
    found = bytearray(_packed(valid(draw)))
    if draw.random() < 0.5:
        return bytes(found[: draw.randrange(len(found))])
    for _ in range(draw.choice((1, 2, 8))):
        found[draw.randrange(len(found))] = draw.randrange(256)
    return bytes(found) + draw.choice((b"", b"\0", SURROGATE, b"\xc1"))


def _noise(draw):
    return draw.randbytes(draw.choice((0, 1, 2, 16, 200, 5_000)))


def _nested(draw):
    """Deeper than any reader's stack."""
    depth = draw.choice((10, 500, 5_000, 100_000))
    return draw.choice((b"\x91", b"\x81\xa1x", b"\xdc\x00\x01")) * depth


def _claims(draw):
    """To hold four thousand million of something."""
    kind = draw.choice((0xC6, 0xC9, 0xDB, 0xDD, 0xDF))
    return (
        bytes([kind]) + draw.choice((b"\xff" * 4, b"\x7f\xff\xff\xff", b"\x00\x10\x00\x00")) + b"x"
    )


def _twice(draw):
    """A map with a key twice, or two messages in one frame."""
    one = _packed(valid(draw))
    key_twice = b"\x84\xa4type\xa6Cancel\xa4type\xa5Count\xa2id\x01\xa2id\x02"
    no_time = b"\x81\xa2id" + draw.choice((b"\xc7\x03\xffabc", b"\xd7\xff" + b"\xff" * 8))
    return draw.choice((one + one, key_twice, no_time))


def _other_keys(draw):
    odd = draw.choice((1, None, True, b"type", 1.5, NAN))
    text = b"\xa6" + SURROGATE * 2
    with_surrogate = b"\x83\xa4type\xa5Count\xa2id\x05\xa5texts\x91" + text
    return draw.choice((_packed({odd: "Infill", "id": 1}), with_surrogate))


def _packed(message):
    return msgpack.packb(message)

"""The wire format refuses what is not exactly a message."""

import msgpack
import pytest
from attrs import evolve
from wire_messages import REQUEST, WELCOME, changed

from diffgem_engine import wire
from diffgem_engine.core.canvas import LONGEST_CANVAS
from diffgem_engine.protocol import (
    PROTOCOL_VERSION,
    Cancel,
    Candidate,
    Count,
    Counts,
    Failure,
    Gate,
    Hello,
    Infill,
    Progress,
    Queued,
    Result,
    Review,
    Reviewed,
    ReviewedToken,
    Weight,
)


@pytest.mark.parametrize(
    "message",
    [
        Hello(PROTOCOL_VERSION, "test"),
        REQUEST,
        Cancel(7),
        Count(7, ("x", "")),
        Review(7, "def f(", "x", "):\n", "interactive"),
    ],
)
def test_client_messages_survive_the_wire(message):
    """A field or a segment type lost on the way to the engine."""
    assert wire.decode_client(wire.encode(message)) == message


@pytest.mark.parametrize(
    "message",
    [
        WELCOME,
        evolve(WELCOME, instructions=True, gate=Gate(0.25, (Weight("draft", -0.5),), 0.75)),
        Queued(7, 3),
        Progress(7, 2, ("a", "", "β"), "pae", "é"),
        Result(7, (Candidate(("x", "y"), 0.5),), 3, 40, 2, 0.0, 1.5, 2.5),
        Result(
            7,
            (Candidate(("x",), 0.5, "draft", -2.5, 0.75),),
            3,
            40,
            2,
            0.0,
            1.5,
            2.5,
            3.5,
            "out of time",
        ),
        Counts(7, (3, 0)),
        Reviewed(7, (ReviewedToken("x", 0.25, "é", 0.5),) * LONGEST_CANVAS, 40, 2, 0.0, 1.5, 2.5),
        Failure(None, "bad-message", "no"),
        Failure(7, "cancelled", "yes"),
        Failure(7, "rate-limited", "later", 1.5),
    ],
)
def test_engine_messages_survive_the_wire(message):
    """A field lost on the way to the client."""
    assert wire.decode_engine(wire.encode(message)) == message


def test_fields_with_a_default_may_be_left_out():
    """A minimal client had to know every sampling parameter."""
    body = {"type": "Infill", "id": 1, "prefix": "", "suffix": "", "canvas": []}
    assert wire.decode_client(msgpack.packb(body)) == Infill(1, "", "", ())


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"id": "7"}, "expected int, got str @ $.id"),
        ({"id": True}, "expected int, got bool @ $.id"),
        ({"id": 7.0}, "expected int, got float @ $.id"),
        ({"seed": None}, "expected int, got null @ $.seed"),
        ({"prefix": 5}, "expected str, got int @ $.prefix"),
        ({"prefix": b"x"}, "expected str, got bytes @ $.prefix"),
        ({"progress": 1}, "expected bool, got int @ $.progress"),
        ({"path": 1}, "expected str, got int @ $.path"),
        ({"priority": None}, "expected str, got null @ $.priority"),
        ({"deadline_ms": "5"}, "@ $.deadline_ms"),
        ({"drafts": "ab"}, "expected array, got str @ $.drafts"),
        ({"drafts": [None]}, "expected str, got null @ $.drafts[0]"),
        ({"canvas": "ab"}, "expected array, got str @ $.canvas"),
        ({"canvas": [None] * 600}, "expected at most 520 items, got 600 @ $.canvas"),
        ({"sampling": {str(i): 1 for i in range(600)}}, "expected at most 520 items, got 600"),
        ({str(i): 1 for i in range(600)}, "expected at most 520 items, got 617"),
        ({"canvas": [4]}, "expected map, got int @ $.canvas[0]"),
        ({"canvas": [{"slots": 4}]}, "unknown type None, expected one of Hole, Pinned"),
        (
            {"canvas": [{"type": "Hole", "slots": "4"}]},
            "expected int, got str @ $.canvas[0].slots",
        ),
        ({"sampling": [1]}, "expected map, got array @ $.sampling"),
        ({"sampling": {"steps": "7"}}, "expected int, got str @ $.sampling.steps"),
        ({"sampling": {"entropy_bound": "1"}}, "expected float, got str"),
        ({"sampling": {"entropy_bound": True}}, "expected float, got bool"),
        ({"sampling": {"stpes": 7}}, "unknown field 'stpes' @ $.sampling"),
        ({"surprise": 1}, "unknown field 'surprise' @ $"),
        ({"type": "Infil"}, "unknown type 'Infil', expected one of Hello, Infill, Cancel, Count"),
        ({"type": ["Infill"]}, "unknown type ['Infill']"),
        ({"type": "Result"}, "unknown type 'Result'"),
    ],
)
def test_what_is_not_exactly_a_message_is_refused(fields, complaint):
    """cattrs converts "7" to 7, 5 to "5" and True to 1 unless it is told not to."""
    with pytest.raises(wire.MessageError) as caught:
        wire.decode_client(changed(**fields))
    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    ("texts", "complaint"),
    [
        ("ab", "expected array, got str @ $.texts"),
        ([1], "expected str, got int @ $.texts[0]"),
        ([""] * 521, "expected at most 520 items, got 521 @ $.texts"),
    ],
)
def test_what_cannot_be_counted_is_refused(texts, complaint):
    """A text for an array of texts was counted letter by letter."""
    with pytest.raises(wire.MessageError) as caught:
        wire.decode_client(msgpack.packb({"type": "Count", "id": 1, "texts": texts}))
    assert complaint in str(caught.value)
    assert caught.value.request_id == 1


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"code": 1}, "expected str, got int @ $.code"),
        ({"code": ["x"]}, "expected str, got array @ $.code"),
        ({"canvas": []}, "unknown field 'canvas' @ $"),
    ],
)
def test_what_cannot_be_reviewed_is_refused(fields, complaint):
    """Lines for a text were reviewed one by one, or as their repr."""
    body = msgpack.unpackb(wire.encode(Review(7, "", "x", "")))
    with pytest.raises(wire.MessageError) as caught:
        wire.decode_client(msgpack.packb({**body, **fields}))
    assert complaint in str(caught.value)
    assert caught.value.request_id == 7


def test_an_integer_is_a_float():
    """msgpack writers of other languages send 1.0 as 1."""
    message = wire.decode_client(changed(sampling={"entropy_bound": 1}))
    assert isinstance(message, Infill)
    assert type(message.sampling.entropy_bound) is float


def test_a_missing_field_is_named():
    """A KeyError's bare name told nothing."""
    frame = msgpack.packb({"type": "Cancel"})
    with pytest.raises(wire.MessageError, match=r"missing field @ \$\.id"):
        wire.decode_client(frame)


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"\xc1",
        b"\x81",
        b"two messages",
        b"\x91" * 5000,
        b"\x81\xa1\xff\x01",
        b"\x81\x01\x01",
        b"\xc7\x00\xff",
        msgpack.packb([1, 2]),
        msgpack.packb(None),
        b"\x80",
    ],
)
def test_malformed_frames_are_message_errors(frame):
    """One exception of msgpack's that is not caught ends the client's conversation."""
    with pytest.raises(wire.MessageError):
        wire.decode_client(frame)
    with pytest.raises(wire.MessageError):
        wire.decode_engine(frame)


def test_a_bad_request_keeps_its_id():
    """Without the id, the client's request would wait for ever."""
    with pytest.raises(wire.MessageError) as caught:
        wire.decode_client(changed(seed="x"))
    assert caught.value.request_id == REQUEST.id


@pytest.mark.parametrize(("version", "upgrade"), [(99, "the engine"), (1, "the client")])
def test_another_version_is_told_before_its_fields_are_read(version, upgrade):
    """A future Hello with more fields was called malformed instead of too new."""
    frame = msgpack.packb({"type": "Hello", "protocol": version, "future": True})
    with pytest.raises(wire.MessageError, match=f"upgrade {upgrade}") as caught:
        wire.decode_client(frame)
    assert caught.value.code == "bad-version"


@pytest.mark.parametrize("message", [Cancel(2**64), Infill(7, "\ud800", "", ())])
def test_what_cannot_be_sent_is_a_message_error(message):
    """A lone surrogate raised UnicodeEncodeError in whoever sent next."""
    with pytest.raises(wire.MessageError, match="cannot be sent"):
        wire.encode(message)

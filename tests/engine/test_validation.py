"""Values out of range are bad requests, and the limits themselves are not."""

import pytest
from wire_messages import WELCOME, changed

from diffgem_engine import wire
from diffgem_engine.backends import RequestError
from diffgem_engine.core.canvas import LONGEST_CANVAS
from diffgem_engine.protocol import (
    Hole,
    Infill,
    Pinned,
    Review,
    Sampling,
)
from diffgem_engine.serving.validation import check, check_review


@pytest.mark.parametrize(
    ("code", "complaint"),
    [("", "no code to review"), ("x" * (64 * 256 + 1), "review at most 16384 at a time")],
)
def test_code_out_of_range_is_a_bad_request(code, complaint):
    """Megabytes were tokenized before they were refused."""
    with pytest.raises(RequestError, match=complaint) as caught:
        check_review(Review(7, "", code, ""), WELCOME)
    assert caught.value.code == "bad-request"
    check_review(Review(7, "", "x" * 64 * 256, ""), WELCOME)
    with pytest.raises(RequestError, match="priority must be interactive or background"):
        check_review(Review(7, "", "x", "", "urgent"), WELCOME)


def test_the_longest_canvas_passes():
    """The limit on items must not be one on what is right."""
    segments = [{"type": "Pinned", "text": ","}, {"type": "Hole", "slots": 1}] * LONGEST_CANVAS
    message = wire.decode_client(
        changed(canvas=[*segments, segments[0]], drafts=[], seeds=1, scored=False)
    )
    assert isinstance(message, Infill)
    check(message, WELCOME)


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"canvas": (Hole(601),)}, "slots of a hole must be 1..600, not 601"),
        ({"canvas": (Hole(257), Pinned(""))}, "slots of a hole must be 1..256, not 257"),
        ({"canvas": (Hole(257),), "path": "autoregressive"}, "slots of a hole must be 1..256"),
        ({"canvas": (Hole(257),), "drafts": ("x",)}, "drafts fill one canvas: give the hole 256"),
        ({"canvas": (Hole(0),)}, "slots of a hole must be 1..600, not 0"),
        ({"canvas": (Hole(200), Hole(57))}, "slots of the canvas must be 1..256, not 257"),
        ({"canvas": ()}, "no hole"),
        ({"task": "poem"}, "task must be completion, action or next-edit"),
        ({"trace": "a\nb"}, "trace must be at most 64 letters"),
        ({"trace": "x" * 65}, "trace must be at most 64 letters"),
        ({"canvas": (Pinned("x"),)}, "no hole"),
        ({"canvas": (Hole(1), *[Pinned("")] * 600)}, "number of canvas segments"),
        ({"sampling": Sampling(steps=0)}, "sampling.steps must be 1..256"),
        ({"sampling": Sampling(steps=257)}, "sampling.steps must be 1..256"),
        ({"sampling": Sampling(stability=-1)}, "sampling.stability"),
        ({"sampling": Sampling(temperature_start=float("nan"))}, "sampling.temperature_start"),
        ({"sampling": Sampling(confidence=float("inf"))}, "sampling.confidence"),
        ({"sampling": Sampling(entropy_bound=-0.1)}, "sampling.entropy_bound"),
        ({"sampling": Sampling(order="right")}, "sampling.order must be entropy or left"),
        ({"sampling": Sampling(draft_bonus=float("nan"))}, "sampling.draft_bonus"),
        ({"sampling": Sampling(draft_bonus=-1.0)}, "sampling.draft_bonus"),
        (
            {"sampling": Sampling(draft_enough=0.1)},
            "sampling.draft_enough must be a number up to 0",
        ),
        ({"sampling": Sampling(draft_enough=float("-inf"))}, "sampling.draft_enough"),
        ({"seeds": 0}, "seeds must be 1..16, not 0"),
        ({"seeds": 17}, "seeds must be 1..16, not 17"),
        ({"seeds": 2, "path": "autoregressive"}, "draws nothing: give one seed"),
        ({"seeds": 2, "drafts": ("x",)}, "drafts compete with one text: give one seed"),
        ({"seeds": 2, "canvas": (Hole(257),)}, "several seeds fill one canvas: give the hole 256"),
        ({"drafts": ("x",) * 9}, "number of drafts must be 0..8, not 9"),
        ({"drafts": ("x", "x" * 4097)}, "characters of a draft must be 0..4096, not 4097"),
        ({"instruction": "x" * 4097}, "characters of an instruction must be 0..4096, not 4097"),
        ({"drafts": ("x",), "canvas": (Hole(4), Hole(4))}, "drafts fill one hole and no more"),
        ({"drafts": ("x",), "canvas": (Hole(4), Pinned(""))}, "drafts fill one hole and no more"),
        ({"drafts": ("x",), "canvas": (Pinned(""),)}, "no hole"),
        ({"priority": "urgent"}, "priority must be interactive or background"),
        ({"deadline_ms": -1.0}, "deadline_ms must be a number from 0 up"),
        ({"deadline_ms": float("inf")}, "deadline_ms must be a number from 0 up"),
        ({"path": "recursive"}, "path must be diffusion, autoregressive or auto"),
        ({"path": ""}, "path must be diffusion, autoregressive or auto"),
        ({"seed": -1}, "seed must be"),
        ({"seed": 2**63}, "seed must be"),
    ],
)
def test_values_out_of_range_are_bad_requests(fields, complaint):
    """They would fail deep in the engine, or take its memory."""
    values = {"id": 1, "prefix": "", "suffix": "", "canvas": (Hole(256),), **fields}
    with pytest.raises(RequestError, match=complaint) as caught:
        check(Infill(**values), WELCOME)
    assert caught.value.code == "bad-request"


def test_the_limits_themselves_are_allowed():
    """An off-by-one at either end."""
    canvases = (Hole(1),), (Hole(128), Pinned("x"), Hole(128)), (Hole(600),)
    for canvas, steps in zip(canvases, (1, 256, 256), strict=True):
        check(Infill(1, "", "", canvas, sampling=Sampling(steps=steps)), WELCOME)
    for draft in ("", "x" * 4096):
        check(Infill(1, "", "", (Hole(4, "x"),), drafts=(draft,) * 8), WELCOME)
    for canvas in ((Hole(256),), (Hole(4), Hole(4))):
        check(Infill(1, "", "", canvas, seeds=16, path="auto"), WELCOME)
    check(Infill(1, "", "", (Hole(600),), path="auto"), WELCOME)

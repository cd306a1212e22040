"""Messages of the wire that tests begin with."""

import msgpack

from diffgem_engine import wire
from diffgem_engine.core.canvas import LONGEST_CANVAS
from diffgem_engine.protocol import (
    PROTOCOL_VERSION,
    Hole,
    Infill,
    Pinned,
    Sampling,
    Welcome,
)

WELCOME = Welcome(PROTOCOL_VERSION, "0.1", "m", "cpu", "float32", LONGEST_CANVAS, 1024, 600)
REQUEST = Infill(
    7,
    "def f(",
    "):\n",
    (Hole(4, "x"), Pinned(", "), Hole(2)),
    seed=3,
    sampling=Sampling(steps=8, entropy_bound=0.5, draft_bonus=2.0, draft_enough=-3.0),
    progress=True,
    path="autoregressive",
    drafts=("x, y", ""),
    deadline_ms=250.0,
    priority="background",
    seeds=3,
    instruction="add a guard",
    scored=True,
    task="action",
    trace="1f-0a.b_c",
)


def changed(**fields):
    return msgpack.packb({**msgpack.unpackb(wire.encode(REQUEST)), **fields})

"""The messages between a client and the engine.  Imports no torch and no HTTP client.

One msgpack map a websocket frame; its `type` names the class.  Reading is strict: a wrong type,
a missing field or an unknown one is refused, never converted.
"""

from diffgem_engine.protocol.client import (
    Cancel,
    ClientMessage,
    Count,
    Hello,
    Hole,
    Infill,
    Pinned,
    Request,
    Review,
    Sampling,
    Segment,
)
from diffgem_engine.protocol.engine import (
    Answer,
    Candidate,
    Counts,
    EngineMessage,
    Failure,
    Gate,
    Progress,
    Queued,
    Result,
    Reviewed,
    ReviewedToken,
    Weight,
    Welcome,
)

PROTOCOL_VERSION = 6

__all__ = [
    "PROTOCOL_VERSION",
    "Answer",
    "Cancel",
    "Candidate",
    "ClientMessage",
    "Count",
    "Counts",
    "EngineMessage",
    "Failure",
    "Gate",
    "Hello",
    "Hole",
    "Infill",
    "Pinned",
    "Progress",
    "Queued",
    "Request",
    "Result",
    "Review",
    "Reviewed",
    "ReviewedToken",
    "Sampling",
    "Segment",
    "Weight",
    "Welcome",
]

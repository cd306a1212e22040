"""The ways to set a server up that are compared: as it is, and each with one feature off."""

from collections.abc import Mapping
from types import MappingProxyType

from attrs import field, frozen

from diffgem_engine.evaluation.replay.typist import Habit

SHIPPED = "shipped"


@frozen
class Setup:
    """Options of the server, and how somebody types."""

    options: Mapping[str, object] = field(factory=dict)
    habit: Habit = field(factory=Habit)


# name -> what is off, or otherwise, in it
WITHOUT: Mapping[str, Setup] = MappingProxyType(
    {
        "reuse": Setup(habit=Habit(reopen=True)),
        "drafts": Setup({"drafts": False}),
        "declarations": Setup({"contextDeclarations": False}),
        "recent-edits": Setup({"contextRecentEdits": False}),
        "open-files": Setup({"contextOpenFiles": False}),
        "context": Setup({"contextTokens": 0}),
        "gate": Setup({"minConfidence": 0.0}),
        "debounce": Setup({"debounceMs": 0}),
        "multi-line": Setup({"lines": "single"}),
    }
)
NAMES = (SHIPPED, *WITHOUT)


def setup_of(name: str, pace_s: float | None = None) -> Setup:
    """One of NAMES, typed at a pace."""
    found = WITHOUT.get(name, Setup())
    return Setup(found.options, Habit(pace_s, found.habit.reopen))

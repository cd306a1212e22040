"""The kinds of hole, and how much each is likely to need."""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType


class HoleKind(Enum):
    REST_OF_LINE = "rest of line"
    REST_OF_BLOCK = "rest of block"  # of the line, and the lines of its block that follow
    WHOLE_LINE = "whole line"  # nothing but white space before the cursor
    BLOCK = "block"  # a blank line that stands for the body of what the line before opens
    ARGUMENTS = "arguments"  # directly in the brackets of a call
    STRING = "string"
    COMMENT = "comment"


OF_BLOCKS = frozenset({HoleKind.BLOCK, HoleKind.REST_OF_BLOCK})
# Canvas slots that the text of such a hole likely needs, its end included.  With the ten slots of
# suffix head that the embedded model pins behind them, they fill the engine's canvas buckets.
SLOTS: Mapping[HoleKind, int] = MappingProxyType(
    {
        HoleKind.STRING: 14,
        HoleKind.ARGUMENTS: 14,
        HoleKind.COMMENT: 22,
        HoleKind.REST_OF_LINE: 22,
        HoleKind.WHOLE_LINE: 22,
        HoleKind.REST_OF_BLOCK: 54,
        HoleKind.BLOCK: 54,
    }
)

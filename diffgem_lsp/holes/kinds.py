"""The kinds of hole."""

from enum import Enum


class HoleKind(Enum):
    REST_OF_LINE = "rest of line"
    WHOLE_LINE = "whole line"  # nothing but white space before the cursor
    BLOCK = "block"  # a blank line that stands for the body of what the line before opens
    ARGUMENTS = "arguments"  # directly in the brackets of a call
    STRING = "string"
    COMMENT = "comment"

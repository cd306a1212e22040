"""What a server says, as far as it can be passed on."""

from typing import Any

MOST = 300  # characters
MOST_TOKENS = 1 << 24  # of any prompt or model: what says more cannot count


def in_words(said: object) -> str:
    """One line that no terminal and no log can be misled by."""
    text = str(said)[: 4 * MOST]
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:MOST]


def whole_number(said: Any) -> int:
    """A number of tokens; of what is none, 0."""
    return said if type(said) is int and 0 <= said <= MOST_TOKENS else 0


def is_text(said: object) -> bool:
    """Unicode, that is: half of a surrogate pair can be sent to nobody."""
    return isinstance(said, str) and not any("\ud800" <= c <= "\udfff" for c in said)

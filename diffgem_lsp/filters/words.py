"""Why nothing is left of a text, in the words of who only wants to write code.

Logs and evaluations have a reason as `Filtered` names it; users have these.
"""

DROPPED = "the proposal was dropped: "

_WORDS = {
    "broken characters": "the suggestion had characters that cannot be shown",
    "whitespace only": "the suggestion was blank",
    "leading blank lines": "the suggestion was blank",
    "beyond line": "the suggestion was for another line",
    "beyond block": "the suggestion was for code outside of this block",
    "open quote": "the suggestion left a string open",
    "line cap": "the suggestion was longer than `maxLines` allows",
    "closed already": "the suggestion only closed what is closed already",
    "overlap with suffix": "the suggestion stands behind the cursor already",
    "repeated lines": "the suggestion repeated the lines below",
    "trailing space": "the suggestion was blank",
    "new syntax errors": "the suggestion would have been a syntax error",
}


def in_words(reason: str) -> str:
    """A reason that names no filter is in words already."""
    if not reason.startswith(DROPPED):
        return reason
    return _WORDS[reason.removeprefix(DROPPED)]

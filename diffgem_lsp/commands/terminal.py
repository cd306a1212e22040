"""Text of files and models on a terminal: nothing in it that the terminal would obey."""

UNKNOWN = "\ufffd"


def printable(text: str, kept: str = "") -> str:
    """Escapes, controls and what turns the direction of writing, but for `kept`, are U+FFFD."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in kept else UNKNOWN for c in text)

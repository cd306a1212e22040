"""What is wrong with a text as far as anybody can tell who does not parse it."""

LONGEST_A_SLOT = 16  # characters, on average over a text
LEAST_HEAD = 4  # characters, of a line that is no accident


def fault(text: str, suffix: str, slots: int) -> str:
    """Empty where there is none: "empty", "broken characters", "over length", "repeats the suffix".

    A pure function of what stands in the hole and what follows it.
    """
    if not text.strip():
        return "empty"
    if "\ufffd" in text or "\x00" in text:
        return "broken characters"
    if len(text) > LONGEST_A_SLOT * slots:
        return "over length"
    return "repeats the suffix" if _repeats(text, suffix) else ""


def _repeats(text: str, suffix: str) -> bool:
    """It ends with what stands behind it on its line, or its last line is the next one."""
    rest, _, following = suffix.partition("\n")
    last = text.rstrip().rpartition("\n")[2].strip()
    if head := rest.strip():
        return len(head) >= LEAST_HEAD and last.endswith(head)
    line = next((each.strip() for each in following.split("\n") if each.strip()), "")
    return len(line) >= LEAST_HEAD and last == line

"""How much of a text is still there."""

LONGEST = 3_000  # characters that are compared: one comparison must not be felt at a key


def similarity(before: str, now: str) -> float:
    """1 minus the edit distance (Levenshtein's) by the longer one's length; 1.0 for equal texts."""
    if before == now:
        return 1.0
    before, now = before[:LONGEST], now[:LONGEST]
    start = common(before, now)
    end = common_end(before[start:], now[start:])
    longest = max(len(before), len(now))
    middles = before[start : len(before) - end], now[start : len(now) - end]
    return 1.0 - distance(*middles) / longest


def distance(first: str, second: str) -> int:
    """Levenshtein's, with all rows of a column in one number (Hyyrö, 2003)."""
    if not first or not second:
        return len(first) + len(second)
    places: dict[str, int] = {}
    for row, character in enumerate(first):
        places[character] = places.get(character, 0) | 1 << row
    mask, last = (1 << len(first)) - 1, 1 << (len(first) - 1)
    up, down, found = mask, 0, len(first)  # up: a row is one more than the row above it
    for character in second:
        same = places.get(character, 0)
        diagonal = (((same & up) + up) ^ up) | same | down
        right, left = down | ~(diagonal | up) & mask, diagonal & up
        found += bool(right & last) - bool(left & last)
        right, left = right << 1 & mask | 1, left << 1 & mask
        up, down = left | ~(diagonal | right) & mask, right & diagonal
    return found


def common(first: str, second: str) -> int:
    """The length of what both begin with."""
    low, high = 0, min(len(first), len(second))
    while low < high:
        middle = (low + high + 1) // 2
        if first[low:middle] == second[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def common_end(first: str, second: str) -> int:
    """The length of what both end with."""
    low, high = 0, min(len(first), len(second))
    while low < high:
        middle = (low + high + 1) // 2
        if _from_end(first, middle, low) == _from_end(second, middle, low):
            low = middle
        else:
            high = middle - 1
    return low


def _from_end(text: str, first: int, last: int) -> str:
    return text[len(text) - first : len(text) - last]

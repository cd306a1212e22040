"""Values drawn at random, as keys are, told from words, names and placeholders."""

import math
import re
from collections import Counter
from itertools import pairwise

PLACEHOLDER = re.compile(
    r"(?i)example|sample|dummy|fake|test|placeholder|change|your|secret|password|passwd|token"
    r"|x{4}|\*{3}|\.{3}|(.)\1{4}|1234|abcd|[{}<>$%]"
)
DRAWN = 16  # characters of a value drawn at random, at least


def is_placeholder(value: str) -> bool:
    """Whether it stands for a value that somebody else is to fill in."""
    return bool(PLACEHOLDER.search(value))


def looks_drawn(value: str) -> bool:
    """Whether `value` looks drawn at random: no word, no name, no placeholder."""
    if len(value) < DRAWN or is_placeholder(value):
        return False
    kinds = [_kind(character) for character in value]
    changes = sum(one != other for one, other in pairwise(kinds))
    return (
        kinds.count("digit") >= 2
        and len(value) - kinds.count("digit") >= 2
        and changes >= len(value) / 5
        and _entropy(value) >= 2.9
    )


def _kind(character: str) -> str:
    if character.isdigit():
        return "digit"
    return "upper" if character.isupper() else "lower" if character.islower() else "sign"


def _entropy(value: str) -> float:
    """In bits a character."""
    shares = [count / len(value) for count in Counter(value).values()]
    return -sum(share * math.log2(share) for share in shares)

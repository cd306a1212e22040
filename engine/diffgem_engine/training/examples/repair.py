"""Mistakes that people make and a tokenizer does not show: the wrong name.

A name of the code, once or everywhere in it, becomes another one that was in use before it: the
stale half of a rename, or a mix-up.
"""

import keyword
import re
from collections.abc import Callable

import numpy as np

NAME = re.compile(r"\b[A-Za-z_]\w{2,}\b")
KEYWORDS = frozenset((*keyword.kwlist, "self", "cls"))
TRIES = 6


def misspelt(
    code: str,
    before: str,
    ids: list[int],
    encode: Callable[[str], list[int]],
    rng: np.random.Generator,
) -> list[int]:
    """`ids`, those of `code`, with one of its names replaced; as they are where none can be.

    The other name is of `before` or `code` and has as many tokens, so that every slot keeps its
    place.
    """
    names = sorted(set(NAME.findall(code)) - KEYWORDS)
    others = sorted(set(NAME.findall(before)) - KEYWORDS) or names
    if not names or rng.random() < 0.3:
        return ids
    for _ in range(TRIES):
        name, other = str(rng.choice(names)), str(rng.choice(others))
        changed = encode(_renamed(code, name, other, everywhere=rng.random() < 0.3, rng=rng))
        if other != name and len(changed) == len(ids):
            return changed
    return ids


def _renamed(
    code: str, name: str, other: str, *, everywhere: bool, rng: np.random.Generator
) -> str:
    places = [found.start() for found in re.finditer(rf"\b{name}\b", code)]
    chosen = places if everywhere else [places[int(rng.integers(len(places)))]]
    for place in reversed(chosen):
        code = code[:place] + other + code[place + len(name) :]
    return code

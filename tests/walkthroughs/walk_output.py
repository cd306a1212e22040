"""What came against what a page says: line by line, `...` or `…` for anything."""

import re

ANYTHING = re.compile(r"\.\.\.|…")


def fits(expected, came):
    """A line of a page that is a wildcard alone stands for any number of lines, or none."""
    return _fit(_lines(expected), _lines(came))


def _lines(text):
    return [line.rstrip() for line in text.strip("\n").splitlines()]


def _fit(expected, came):
    """Each run between two wildcards goes to the first place where it fits, the last to the end."""
    runs = _runs(expected)
    first, *others = runs
    if not others:
        return len(first) == len(came) and _same(first, came)
    if not _same(first, came[: len(first)]):
        return False
    at = len(first)
    for run in others[:-1]:
        places = range(at, len(came) - len(run) + 1)
        found = next((place for place in places if _same(run, came[place:][: len(run)])), None)
        if found is None:
            return False
        at = found + len(run)
    last = others[-1]
    return len(came) - at >= len(last) and _same(last, came[len(came) - len(last) :])


def _runs(expected):
    runs = [[]]
    for line in expected:
        if ANYTHING.fullmatch(line.strip()):
            runs.append([])
        else:
            runs[-1].append(line)
    return runs


def _same(expected, came):
    return len(expected) == len(came) and all(map(_like, expected, came))


def _like(expected, came):
    return re.fullmatch(".*".join(map(re.escape, ANYTHING.split(expected))), came) is not None

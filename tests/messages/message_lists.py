"""The lists of messages beside this file: by who meets them, each with the test that has its words.

A line is a message, `…` each part that is known only when it is said; the indented line below it is
the file of a test, or `-` and why there is none.
"""

import re
from pathlib import Path

from attrs import frozen

GAP = "…"
LISTS = Path(__file__).parent / "listed"
# whose reader is to do something about it
ADVISING = ("commands", "editors", "engines", "checkpoints", "upstreams", "clients", "training")
_WORDS = re.compile(r"[A-Za-z0-9_'-]+")
LEAST_RUN, LEAST_LETTERS = 3, 14


@frozen
class Listed:
    text: str
    tested: str

    @property
    def pattern(self):
        return ".*?".join(re.escape(part) for part in self.text.split(GAP))

    def words_stand_in(self, source):
        """Whether a run of its words is there: three at least, or all of a short one."""
        chunks = [_words(chunk) for chunk in self.text.split(GAP)]
        longest = max(map(len, chunks))
        runs = [run for chunk in chunks for run in _runs(chunk, min(LEAST_RUN, longest))]
        telling = [run for run in runs if len(run) >= LEAST_LETTERS] or [max(runs, key=len)]
        return any(f" {run} " in source for run in telling)


def lists():
    """Every list by its name."""
    return {path.stem: _read(path) for path in sorted(LISTS.glob("*.txt"))}


def plain(source):
    """The words of a test's file, where texts of several lines are one."""
    joined = re.sub(r'"\s*\n\s*[rf]*"', "", source)
    return f" {' '.join(_words(joined))} "


def _read(path):
    lines = path.read_text().splitlines()
    pairs = zip(lines[0::2], lines[1::2], strict=True)
    return [Listed(text, tested.strip()) for text, tested in pairs]


def _runs(words, length):
    return [" ".join(words[i : i + length]) for i in range(len(words) - length + 1)]


def _words(text):
    return _WORDS.findall(text.lower().replace("\\", ""))

"""The option `files`: which files are left alone, in the words of a `.gitignore`."""

from collections.abc import Iterator, Mapping
from itertools import islice

from diffgem_engine.secrecy.ignore import Rule, rule_of

MOST_ALTERNATIVES = 64  # of one glob, written with braces
LONGEST = 1_000  # characters of one that has any


class Globs:
    """Compiled.  Of several that fit, the last decides; where none does, a file takes part."""

    def __init__(self, files: Mapping[str, bool]) -> None:
        found = [
            (rule, glob, on)
            for glob, on in files.items()
            for line in _alternatives(glob)
            if (rule := rule_of(line)) is not None
        ]
        self._rules: tuple[tuple[Rule, str, bool], ...] = tuple(reversed(found))

    def against(self, relative: str) -> str:
        """The glob that turns this path, below its workspace folder, off; empty if none does."""
        for (pattern, meant), glob, on in self._rules:
            if meant and pattern.search(relative):
                return "" if on else glob
        return ""


def _alternatives(glob: str) -> Iterator[str]:
    """`*.{js,ts}` -> `*.js`, `*.ts`: editors' globs have braces, where git's have none."""
    return islice(_expanded(glob), MOST_ALTERNATIVES)


def _expanded(glob: str) -> Iterator[str]:
    """One after the other, so that who takes a few does not pay for all."""
    head, brace, rest = glob.partition("{")
    choices, close, tail = rest.partition("}")
    if not (brace and close) or len(glob) > LONGEST:
        yield glob
        return
    for choice in choices.split(","):
        yield from _expanded(f"{head}{choice}{tail}")

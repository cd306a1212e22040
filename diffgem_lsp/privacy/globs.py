"""The option `files`: which files are left alone, in the words of a `.gitignore`."""

from collections.abc import Iterator, Mapping

from diffgem_engine.secrecy.ignore import Rule, rule_of

MOST_ALTERNATIVES = 64  # of one glob, written with braces


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
    waiting, made = [glob], 0
    while waiting and made < MOST_ALTERNATIVES:
        text = waiting.pop(0)
        head, brace, rest = text.partition("{")
        choices, close, tail = rest.partition("}")
        if brace and close:
            waiting += [f"{head}{choice}{tail}" for choice in choices.split(",")]
        else:
            made += 1
            yield text

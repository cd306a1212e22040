"""Pieces of text from beyond the window: what they are, and which of them a prompt has room for."""

from collections.abc import Callable, Iterable, Sequence

from attrs import frozen

DECLARATIONS, EDITS, OPEN_FILES, DIAGNOSTICS = (
    "declarations", "recent edits", "open files", "diagnostics",
)  # fmt: skip
LEAST = 0.1  # of a score: below it a snippet is rather noise
Render = Callable[[Sequence["Snippet"]], str]


@frozen
class Snippet:
    """`text` has whole lines without the last line's end."""

    source: str
    file: str  # as the model is told
    text: str
    score: float
    reason: str
    prose: bool = False  # no code: it stands in a comment


@frozen
class LeftOut:
    snippet: Snippet
    why: str


@frozen
class Choice:
    """What goes into a prompt, the best last; and what does not."""

    kept: tuple[Snippet, ...]
    left_out: tuple[LeftOut, ...]


NOTHING = Choice((), ())


def choose(snippets: Iterable[Snippet], budget: int, seen: str, render: Render) -> Choice:
    """The best of them that fit, rendered together, into `budget` characters.

    None that is in `seen` but for white space, as a declaration of several lines is one line here;
    none that is in a better one.  A long one does not keep shorter ones out that come after it.
    """
    seen = plain(seen)
    kept: list[Snippet] = []
    left_out: list[LeftOut] = []
    for snippet in sorted(snippets, key=lambda each: -each.score):
        why = _against(snippet, kept, seen)
        if not why and len(render(_best_last([*kept, snippet]))) > budget:
            why = f"no room for it in {budget} characters"
        if why:
            left_out.append(LeftOut(snippet, why))
        else:
            kept.append(snippet)
    return Choice(tuple(_best_last(kept)), tuple(left_out))


def _against(snippet: Snippet, kept: Sequence[Snippet], seen: str) -> str:
    if not snippet.text.strip():
        return "it is empty"
    if snippet.score < LEAST:
        return "it is unlikely to matter"
    if plain(snippet.text) in seen:
        return "it is in the text around the cursor"
    if any(snippet.text in better.text for better in kept):
        return "a better one has it"
    return ""


def plain(text: str) -> str:
    """The words alone."""
    return " ".join(text.split())


def _best_last(kept: Sequence[Snippet]) -> list[Snippet]:
    return list(reversed(kept))

"""Snapshot -> all that the engine is sent of it: preamble, prefix, suffix, drafts.

The preamble stands before the prefix, in the prefix's budget.  It is renewed only where the prompt
must be read anew anyway, with a fresh anchor, or after a save: while somebody types it stays as it
is to the byte, and a key costs the engine a token.
"""

from collections.abc import Iterable
from typing import Protocol

from attrs import evolve, field, frozen

from diffgem_engine.protocol import Welcome
from diffgem_lsp.holes.site import HoleSite
from diffgem_lsp.options import Options
from diffgem_lsp.prompt import drafts
from diffgem_lsp.prompt.anchors import Anchors
from diffgem_lsp.prompt.context import CHARACTERS_A_TOKEN, Window, clean, gather
from diffgem_lsp.prompt.preamble import render
from diffgem_lsp.prompt.snippets import NOTHING, Choice, Snippet, choose
from diffgem_lsp.snapshots import Snapshot

MOST_SHARE = 0.5  # of the prefix's window
LONG_PROMPT = 4_096  # tokens; who reads so many was likely taught several files
DEFAULT_TOKENS = 1_024  # of a long prompt
DEFAULT_OF_SHORT = 96
DOCUMENTS = 64


class Sources(Protocol):
    """`beyond.Beyond` is one."""

    def snippets(self, snapshot: Snapshot, options: Options) -> Iterable[Snippet]: ...


class Nowhere:
    """No sources: nothing but the document."""

    def snippets(self, snapshot: Snapshot, options: Options) -> Iterable[Snippet]:
        return ()


@frozen
class Preamble:
    """`budget` is in characters; `choice` says where the text is from, and what is not in it."""

    text: str = ""
    budget: int = 0
    switches: tuple[bool, ...] = ()
    choice: Choice = NOTHING


@frozen
class Prompt:
    """`prefix` has the preamble in it."""

    prefix: str = field(repr=False)
    suffix: str = field(repr=False)
    drafts: tuple[str, ...] = field(repr=False)
    preamble: Preamble = field(repr=False)
    window: Window


class Prompts:
    """Of the documents completed in latest."""

    def __init__(self, sources: Sources | None = None) -> None:
        self._sources = sources or Nowhere()
        self._anchors = Anchors()
        self._preambles: dict[str, Preamble] = {}
        self._stale: set[str] = set()

    def of(self, snapshot: Snapshot, hole: HoleSite, welcome: Welcome, options: Options) -> Prompt:
        """The same again where nothing has changed since."""
        window = window_of(welcome, options)
        preamble = self._preamble(snapshot, window, budget_of(welcome, options), options)
        left = window.prefix - len(preamble.text)
        seen = gather(snapshot, evolve(window, prefix=left), self._anchors.place(snapshot, left))
        copies = drafts.find(snapshot, hole) if options.drafts else ()
        return Prompt(preamble.text + seen.prefix, seen.suffix, copies, preamble, window)

    def beside(self) -> "Prompts":
        """Of the same sources, for a place where nobody types: what is kept for typing stays."""
        return Prompts(self._sources)

    def renew(self) -> None:
        """Files have changed: what is known of other files is looked at again, once it is asked."""
        self._stale.update(self._preambles)

    def forget(self, uri: str) -> None:
        self._anchors.forget(uri)
        self._preambles.pop(uri, None)
        self._stale.discard(uri)

    def _preamble(
        self, snapshot: Snapshot, window: Window, tokens: int, options: Options
    ) -> Preamble:
        budget = int(min(tokens * CHARACTERS_A_TOKEN, window.prefix * MOST_SHARE))
        switches = _switches(options)
        known = self._preambles.pop(snapshot.uri, None)
        if known is None or not self._lasts(known, snapshot, window, (budget, switches)):
            made = self._made(snapshot, window, budget, options)
            if known is None or made.text != known.text:
                self._anchors.forget(snapshot.uri)
            self._stale.discard(snapshot.uri)
            known = made
        self._preambles[snapshot.uri] = known  # the latest last
        while len(self._preambles) > DOCUMENTS:
            self.forget(next(iter(self._preambles)))
        return known

    def _lasts(
        self,
        known: Preamble,
        snapshot: Snapshot,
        window: Window,
        wanted: tuple[int, tuple[bool, ...]],
    ) -> bool:
        return (
            (known.budget, known.switches) == wanted
            and snapshot.uri not in self._stale
            and self._anchors.keeps(snapshot, window.prefix - len(known.text))
        )

    def _made(self, snapshot: Snapshot, window: Window, budget: int, options: Options) -> Preamble:
        switches = _switches(options)
        if budget == 0:
            return Preamble(switches=switches)
        near = gather(snapshot, evolve(window, prefix=window.prefix - budget))
        choice = choose(
            self._sources.snippets(snapshot, options),
            budget,
            near.prefix + near.suffix,
            lambda some: clean(render(some, snapshot.language_id)),
        )
        text = clean(render(choice.kept, snapshot.language_id))
        return Preamble(text, budget, switches, choice)


def _switches(options: Options) -> tuple[bool, ...]:
    """Which sources are on."""
    return (
        options.context_declarations,
        options.context_recent_edits,
        options.context_open_files,
        options.context_diagnostics,
    )


def budget_of(welcome: Welcome, options: Options) -> int:
    """The tokens that a preamble may take."""
    if options.context_tokens is not None:
        return options.context_tokens
    return DEFAULT_TOKENS if welcome.prompt_tokens >= LONG_PROMPT else DEFAULT_OF_SHORT


def window_of(welcome: Welcome, options: Options) -> Window:
    usual = Window.of_tokens(welcome.prompt_tokens)
    wanted = {"prefix": options.prefix_characters, "suffix": options.suffix_characters}
    return evolve(usual, **{name: size for name, size in wanted.items() if size is not None})

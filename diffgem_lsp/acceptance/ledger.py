"""Keeps count of what was suggested, and of what became of it."""

import asyncio
import itertools
import secrets
import time
from collections.abc import Callable, Sequence
from hashlib import sha256

from attrs import evolve, frozen

from diffgem_lsp.acceptance.events import Event, Fate
from diffgem_lsp.acceptance.retention import Retention
from diffgem_lsp.acceptance.suggestions import Suggestion
from diffgem_lsp.acceptance.watched import Watched, follow
from diffgem_lsp.documents import Edit
from diffgem_lsp.snapshots import Snapshot

MOST_LEFT = 64


@frozen
class _Entry:
    """A suggestion, by the texts under which the client has it."""

    uri: str
    kind: str
    watched: Watched
    texts: tuple[str, ...]

    def is_of(self, uri: str, kind: str) -> bool:
        return (self.uri, self.kind) == (uri, kind)

    def has(self, uri: str, text: str) -> bool:
        """Or the end of one: it may begin with what the client's menu had selected."""
        known = self.uri == uri and text != ""
        return known and any(each.endswith(text) for each in self.texts)

    def rest_of(self, text: str) -> str:
        """What is to come of `text`; empty if the user has typed something else."""
        rests = (each for each in self.watched.texts if each.endswith(text) or text.endswith(each))
        return max(rests, key=len, default="")


def _later(seconds: float, call: Callable[[], None]) -> object:
    return asyncio.get_running_loop().call_later(seconds, call)


class Ledger:
    """`keep` gets each event; `text_of` says what an open document holds now.

    A suggestion is watched until another of its kind takes its place in the document, the user
    goes another way, or all of it is there.
    """

    def __init__(
        self,
        text_of: Callable[[str], str | None],
        keep: Callable[[Event], None] = lambda event: None,
        later: Callable[[float, Callable[[], None]], object] = _later,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.enabled = True
        self.keep = keep
        self._text_of, self._clock = text_of, clock
        self._entries: dict[str, _Entry] = {}
        self._left: dict[str, _Entry] = {}  # no longer watched; an acceptance may still be told
        self._seen: set[str] = set()  # of those left, accepted by an edit; no command told of it
        self._session, self._numbers = secrets.token_hex(4), itertools.count(1)
        self._model = ""
        self._retention = Retention(clock, later, text_of, self._retained, self._reverted)

    def engine(self, state: str, name: str) -> None:
        """Of the model that fills once the engine is ready only a digest is kept: its name may be
        a folder's.
        """
        if state == "ready":
            self._model = "m" + sha256(name.encode("utf-8", "replace")).hexdigest()[:8]

    def shown(self, snapshot: Snapshot, *suggestions: Suggestion) -> None:
        """All that is offered of one kind; what is left of one that is typed through is that one
        still.
        """
        if not self.enabled or not suggestions:
            return
        before = self._known(snapshot.uri, suggestions[0].kind)
        still = {self._renewed(snapshot, each, before) for each in suggestions}
        for identifier in before:
            if identifier not in still:
                self._leave(identifier)

    def _renewed(self, snapshot: Snapshot, suggestion: Suggestion, before: list[str]) -> str:
        """The id of the one that it is, or of a new one."""
        old = snapshot.text[suggestion.start : suggestion.end]
        watched = Watched.of(suggestion.start, old, suggestion.texts)
        for identifier in before:
            entry = self._entries[identifier]
            if watched.is_left_of(entry.watched):
                texts = (*entry.texts, *suggestion.texts)
                self._entries[identifier] = evolve(entry, texts=texts)
                return identifier
        identifier = f"{self._session}-{next(self._numbers)}"
        entry = _Entry(snapshot.uri, suggestion.kind, watched, suggestion.texts)
        self._entries[identifier] = entry
        self._tell(suggestion.shown(identifier, self._now, snapshot.language_id, self._model))
        return identifier

    def accepted(self, uri: str, text: str) -> None:
        """Told by the client's command; the edit may come before it or after."""
        identifier, entry = self._told(uri, text)
        if entry is None:
            return
        self._seen.discard(identifier)
        rest = entry.rest_of(text)
        self._fate(identifier, "accepted", "command", len(rest))
        if identifier in self._left and rest and identifier not in self._retention:
            self._find(identifier, entry, rest)

    def partly(self, uri: str, text: str, characters: int) -> None:
        """Told by a notification of the client: of `text` it inserted so many."""
        identifier, entry = self._told(uri, text)
        if entry is not None:
            self._fate(identifier, "partly", "notification", characters)

    def edited(self, now: Snapshot, edits: Sequence[Edit]) -> None:
        if not self._entries and not self._retention:
            return
        text = now.text if len(edits) == 1 else None
        for edit in edits:
            self._retention.edited(now.uri, edit)
            for identifier, entry in tuple(self._entries.items()):
                if entry.uri == now.uri:
                    self._follow(identifier, entry, edit, text)

    def forget(self, uri: str) -> None:
        self._retention.forget(uri)
        for identifier, entry in tuple(self._entries.items()):
            if entry.uri == uri:
                del self._entries[identifier]

    def _told(self, uri: str, text: str) -> tuple[str, _Entry | None]:
        """The last one that the client may mean: of several with one text that which we have seen
        accepted and not heard of.
        """
        known = [*reversed((*self._left.items(), *self._entries.items()))]
        meant = [(name, entry) for name, entry in known if entry.has(uri, text)]
        seen = [each for each in meant if each[0] in self._seen]
        return next(iter((*seen, *meant)), ("", None))

    def _known(self, uri: str, kind: str) -> list[str]:
        """The suggestions of that kind that are watched there."""
        return [name for name, entry in self._entries.items() if entry.is_of(uri, kind)]

    def _leave(self, identifier: str) -> None:
        self._left[identifier] = self._entries.pop(identifier)
        while len(self._left) > MOST_LEFT:
            del self._left[next(iter(self._left))]

    def _follow(self, identifier: str, entry: _Entry, edit: Edit, text: str | None) -> None:
        watched, news = follow(entry.watched, edit, text)
        if watched is None:
            self._leave(identifier)
        else:
            self._entries[identifier] = evolve(entry, watched=watched)
        if news is not None:
            self._fate(identifier, news.what, "edit", characters=len(news.text))
        if news is not None and news.what == "accepted":
            self._seen = {*self._seen & self._left.keys(), identifier}
            self._retention.add(identifier, entry.uri, news.text, news.at, entry.watched.removed)

    def _find(self, identifier: str, entry: _Entry, text: str) -> None:
        """Accepted by an edit that was told in several pieces."""
        now = self._text_of(entry.uri)
        if now is not None and now.startswith(text, entry.watched.at):
            self._retention.add(identifier, entry.uri, text, entry.watched.at)

    def _retained(self, identifier: str, after: int, similarity: float) -> None:
        similarity = round(similarity, 3)
        fate = Fate(identifier, self._now, "retained", after_s=after, similarity=similarity)
        self._tell(fate)

    def _reverted(self, identifier: str) -> None:
        self._fate(identifier, "reverted", "edit")

    def _fate(self, identifier: str, what: str, by: str, characters: int = 0) -> None:
        self._tell(Fate(identifier, self._now, what=what, by=by, characters=characters))

    def _tell(self, event: Event) -> None:
        if self.enabled:
            self.keep(event)

    @property
    def _now(self) -> float:
        return round(self._clock(), 3)

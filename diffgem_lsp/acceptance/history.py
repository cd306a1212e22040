"""All that is kept of each suggestion, put together from the events."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from attrs import frozen

from diffgem_lsp.acceptance.events import Event, Fate, Shown, read_line
from diffgem_lsp.acceptance.journal import files

# Mostly unchanged: by the threshold of the published studies of acceptance, a third of it edited.
UNCHANGED = 0.67


@frozen
class Record:
    """A suggestion and its fates."""

    shown: Shown
    fates: tuple[Fate, ...] = ()

    @property
    def accepted(self) -> bool:
        return self._has("accepted")

    @property
    def partly(self) -> bool:
        """And not all of it."""
        return self._has("partly") and not self.accepted

    @property
    def typed(self) -> bool:
        """The user wrote the very same, key by key."""
        return self._has("typed") and not self.accepted

    @property
    def reverted(self) -> bool:
        return self._has("reverted")

    @property
    def saved(self) -> int:
        """Characters that nobody had to type."""
        if self.reverted:
            return 0
        whole = max((each.characters for each in self.fates if each.what == "accepted"), default=0)
        parts = {each.by: 0 for each in self.fates if each.what == "partly"}
        for each in self.fates:
            if each.what == "partly":
                parts[each.by] += each.characters
        return whole + max(parts.values(), default=0)

    def retained(self, after_s: int) -> bool | None:
        """Whether it was mostly unchanged by then; None where nobody knows."""
        found = [each.similarity for each in self.fates if each.after_s == after_s]
        return found[-1] >= UNCHANGED if found and found[-1] is not None else None

    def _has(self, what: str) -> bool:
        return any(each.what == what for each in self.fates)


def read_all(folder: Path, since: float = 0.0) -> list[Record]:
    """Of the suggestions shown from `since` on, in seconds since 1970; the oldest first."""
    return [record for record in _records(_events(folder)) if record.shown.at >= since]


def _records(events: Iterable[Event]) -> Iterator[Record]:
    shown: dict[str, Shown] = {}
    fates: dict[str, list[Fate]] = {}
    for event in events:
        if isinstance(event, Shown):
            shown[event.id] = event
        else:
            fates.setdefault(event.id, []).append(event)
    for each in sorted(shown.values(), key=lambda one: one.at):
        yield Record(each, tuple(fates.get(each.id, ())))


def _events(folder: Path) -> Iterator[Event]:
    """What cannot be read is left out: a torn line, a file that another version wrote."""
    for file in files(folder):
        try:
            text = file.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            continue
        for line in text.splitlines():
            event = read_line(line)
            if event is not None:
                yield event

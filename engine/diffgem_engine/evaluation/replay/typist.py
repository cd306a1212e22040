"""Somebody who types a script, looks at what is shown, and takes what is right."""

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import define, field, frozen

from diffgem_engine.evaluation.replay.buffer import Buffer
from diffgem_engine.evaluation.replay.hosting import Recording
from diffgem_engine.evaluation.replay.judging import Judged, judge
from diffgem_engine.evaluation.replay.keys import Hand, Key, indent_unit
from diffgem_engine.evaluation.replay.script import Script
from diffgem_engine.evaluation.replay.session import PATIENCE_S, Session
from diffgem_engine.evaluation.replay.splices import Splice
from diffgem_engine.evaluation.replay.tally import Shown, Tally

DID_OPEN, DID_CHANGE = "textDocument/didOpen", "textDocument/didChange"
DID_CLOSE, DID_SAVE = "textDocument/didClose", "textDocument/didSave"
COMPLETE, COMMAND = "textDocument/inlineCompletion", "workspace/executeCommand"


@define
class Sight:
    """What stands at the cursor in grey."""

    text: str = ""

    def follow(self, key: Key) -> None:
        """What the editor leaves of it, by itself."""
        typed = not key.removed and self.text.startswith(key.inserted)
        self.text = self.text[len(key.inserted) :] if typed else ""

    def see(self, text: str) -> bool:
        """Whether `text` is something new."""
        known, self.text = self.text, text
        return bool(text) and text != known


@frozen
class Habit:
    """Waits for every reply; with `pace_s` only until the next key is due.

    With `reopen` the server has forgotten at every key what it has shown.
    """

    pace_s: float | None = None
    reopen: bool = False


@define
class Typist:
    session: Session
    engine: Recording
    tally: Tally
    root: Path
    habit: Habit
    _shown: Sight = field(factory=Sight)
    _unfiltered: Sight = field(factory=Sight)
    _due: float = 0.0

    async def type(self, script: Script, now: str) -> None:
        """`now` is the file at the newest commit, which says what was retained."""
        place = self.root / script.change.path
        buffer = Buffer(place.as_uri(), script.change.language_id, script.text)
        self.session.notify(DID_OPEN, buffer.opened())
        self.tally.characters += script.characters
        kept = frozenset(line.strip() for line in now.split("\n"))
        for splice in script.splices:
            beyond = script.beyond if splice is script.splices[-1] else ""
            hand = Hand(splice.start, splice.inserted, indent_unit(buffer.text), beyond)
            await self._make(buffer, splice, _Stretch(script.change.after, kept, hand))
        self._save(buffer, place)

    async def _make(self, buffer: Buffer, splice: Splice, stretch: "_Stretch") -> None:
        if splice.removed:
            await self._press(buffer, Key(splice.start, splice.removed, ""))
            await self._read(buffer, stretch)
        while not stretch.hand.done:
            await self._press(buffer, stretch.hand.key(buffer.text))
            await self._read(buffer, stretch)

    async def _read(self, buffer: Buffer, stretch: "_Stretch") -> None:
        """Take what is right; editors ask again then."""
        while (item := await self._look(buffer, stretch.hand.wanted)) is not None:
            text = str(item["insertText"])
            start = stretch.hand.cursor
            await self._press(buffer, stretch.hand.take(text))
            await self.session.ask(COMMAND, item["command"])
            retained = stretch.is_retained(start)
            self.tally.shown.append(Shown(Judged(text, True, len(text)), retained))

    async def _press(self, buffer: Buffer, key: Key) -> None:
        await self._pause()
        self.tally.keys += 1
        self._shown.follow(key)
        self._unfiltered.follow(key)
        self.session.notify(DID_CHANGE, buffer.apply(key))
        if self.habit.reopen:
            self.session.notify(DID_CLOSE, buffer.identified())
            self.session.notify(DID_OPEN, buffer.opened())

    async def _look(self, buffer: Buffer, wanted: str) -> Mapping[str, Any] | None:
        """The item that is right, if it is."""
        begun, answered, began = self.engine.begun, len(self.engine.exchanges), time.perf_counter()
        items, ms = await self._items(buffer, began)
        self.tally.asked += 1
        self.tally.to_engine += self.engine.begun - begun
        if items is None:
            self.tally.unanswered += 1
            return None
        self.tally.ms.append(ms)
        if self.engine.begun > begun:
            self.tally.engine_ms.append(ms)
        for exchange in self.engine.exchanges[answered:][:1]:
            if self._unfiltered.see(exchange.best):
                self.tally.unfiltered.append(judge(exchange.best, wanted))
        return self._judged(items[0] if items else None, wanted)

    def _judged(self, item: Mapping[str, Any] | None, wanted: str) -> Mapping[str, Any] | None:
        text = str(item["insertText"]) if item is not None else ""
        known = bool(text) and text == self._shown.text
        if not self._shown.see(text):
            self.tally.reused += known
            return None
        judged = judge(text, wanted)
        if judged.right:
            return item
        self.tally.shown.append(Shown(judged))
        return None

    async def _items(
        self, buffer: Buffer, began: float
    ) -> tuple[list[Mapping[str, Any]] | None, float]:
        """None where there was no answer in time; and how long it took."""
        _, waiting = self.session.begin(COMPLETE, buffer.asked())
        left = PATIENCE_S if self.habit.pace_s is None else max(0.0, self._due - began)
        await asyncio.wait({waiting}, timeout=left)
        if not waiting.done():
            return None, 0.0
        reply = waiting.result()
        result = reply.result
        return (result["items"] if result is not None else None), 1000 * (reply.at - began)

    async def _pause(self) -> None:
        """Until the next key is due."""
        if self.habit.pace_s is not None:
            await asyncio.sleep(max(0.0, self._due - time.perf_counter()))
            self._due = time.perf_counter() + self.habit.pace_s

    def _save(self, buffer: Buffer, place: Path) -> None:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(buffer.text, encoding="utf-8")
        self.session.notify(DID_SAVE, buffer.identified())


@frozen
class _Stretch:
    """What is typed, and what of it lasts."""

    after: str
    kept: frozenset[str]  # lines of the newest commit, without white space around them
    hand: Hand

    def is_retained(self, start: int) -> bool:
        """Whether the lines that were accepted from `start` to the cursor are there to this day.

        The text up to the cursor is that of `after`.
        """
        first = self.after.rfind("\n", 0, start) + 1
        last = self.after.find("\n", self.hand.cursor)
        lines = self.after[first : last if last >= 0 else None].split("\n")
        return all(line.strip() in self.kept for line in lines)

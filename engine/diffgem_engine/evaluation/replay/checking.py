"""`eval replay --check`: many keys in a hurry, and every reply and every text verified."""

import asyncio
import random
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from attrs import define, field, frozen

from diffgem_engine.evaluation.replay.buffer import Buffer
from diffgem_engine.evaluation.replay.history import Change, History
from diffgem_engine.evaluation.replay.hosting import hosted
from diffgem_engine.evaluation.replay.keys import Hand, Key, indent_unit
from diffgem_engine.evaluation.replay.session import PATIENCE_S, Reply, Session, session_of
from diffgem_engine.evaluation.replay.splices import splices
from diffgem_engine.evaluation.replay.telling import TellingBackend
from diffgem_engine.evaluation.replay.typist import (
    COMMAND,
    COMPLETE,
    DID_CHANGE,
    DID_CLOSE,
    DID_OPEN,
)
from diffgem_engine.evaluation.replay.verdicts import Asked, Verdicts

DOCUMENT, CANCEL = "diffgem/document", "$/cancelRequest"
HURRIES = (0, 0, 0, 1, 2, 4)  # keys that are typed before any answer is waited for
SAMPLED = 1_000  # keys between two looks at the server's memory
AT_ONCE = 2  # documents that are typed in by turns
OPTIONS = {"debounceMs": 0, "workspaceOnly": False, "acceptance": False}


@frozen
class Stroke:
    """A key in a document; the first one opens it."""

    buffer: Buffer
    key: Key


@define
class Checker:
    """Types at one server."""

    session: Session
    engine: TellingBackend
    drawn: random.Random
    verdicts: Verdicts
    keys: int = 0
    resident_mb: list[float] = field(factory=list)
    _unread: "list[asyncio.Future[Reply]]" = field(factory=list)
    _last: int = 0  # the id of the last completion

    async def type(self, strokes: Iterator[Stroke], most: int, tick: Callable[[], None]) -> None:
        hurry = 0
        for stroke in strokes:
            self._press(stroke.buffer, stroke.key)
            if len(self._unread) > 2 * hurry:
                await self._wait(stroke.buffer)
                hurry = self.drawn.choice(HURRIES)
            if self.keys >= SAMPLED * (1 + len(self.resident_mb)):
                self.resident_mb.append(self.session.resident_mb)
            tick()
            if self.keys >= most:
                break
        await self._settle()

    def _press(self, buffer: Buffer, key: Key) -> None:
        self.keys += 1
        self.session.notify(DID_CHANGE, buffer.apply(key))
        self._last = self._ask(COMPLETE, buffer, document=False)
        self._ask(DOCUMENT, buffer, document=True)
        if self.drawn.random() < 0.02:
            self._cancel(self.drawn.randint(max(1, self._last - 20), self._last))

    def _ask(self, method: str, buffer: Buffer, *, document: bool) -> int:
        params = buffer.identified() if document else buffer.asked()
        number, waiting = self.session.begin(method, params)
        self.verdicts.expect(number, Asked.of(buffer, document=document))
        self._unread.append(waiting)
        return number

    def _cancel(self, number: int) -> None:
        """Whatever it was, and whether it is answered or not."""
        self.verdicts.cancelled(number)
        self.session.notify(CANCEL, {"id": number})

    async def _wait(self, buffer: Buffer) -> None:
        """For all that was asked; and sometimes play with what is shown."""
        reply = await self._settle()
        items = (reply.result or {}).get("items") if reply is not None else None
        if items and self.drawn.random() < 0.3:
            await self._play(buffer, items[0])

    async def _settle(self) -> Reply | None:
        """The reply to the last completion, if all of its key was waited for."""
        self.engine.release()
        unread, self._unread = self._unread, []
        async with asyncio.timeout(PATIENCE_S):
            replies = [await each for each in unread]
        self.engine.hold()
        return replies[-2] if len(replies) > 1 else None

    async def _play(self, buffer: Buffer, item: Mapping[str, Any]) -> None:
        """Type some of it, or accept it; and take it back."""
        start, text = buffer.cursor, str(item["insertText"])
        if self.drawn.random() < 0.5:
            self._press(buffer, Key(start, 0, text))
            await self.session.ask(COMMAND, item["command"])
        else:
            for char in text[: self.drawn.randint(1, len(text))]:
                self._press(buffer, Key(buffer.cursor, 0, char))
                await self._settle()
        self._press(buffer, Key(start, buffer.cursor - start, ""))
        await self._settle()


def strokes(session: Session, verdicts: Verdicts, changes: Iterator[Change]) -> Iterator[Stroke]:
    """Of `AT_ONCE` documents by turns; each is closed when it is done."""
    typing: list[Iterator[Stroke]] = []
    while True:
        while len(typing) < AT_ONCE and (change := next(changes, None)) is not None:
            typing.append(_strokes(session, verdicts, change))
        if not typing:
            return
        for each in tuple(typing):
            stroke = next(each, None)
            if stroke is None:
                typing.remove(each)
            else:
                yield stroke


def _strokes(session: Session, verdicts: Verdicts, change: Change) -> Iterator[Stroke]:
    uri = f"file:///{change.commit}/{change.path}"
    buffer = Buffer(uri, change.language_id, change.before, session.encoding)
    session.notify(DID_OPEN, buffer.opened())
    for splice in splices(change.before, change.after):
        if splice.removed:
            yield Stroke(buffer, Key(splice.start, splice.removed, ""))
        hand = Hand(splice.start, splice.inserted, indent_unit(buffer.text))
        while not hand.done:
            yield Stroke(buffer, hand.key(buffer.text))
    session.notify(DID_CLOSE, buffer.identified())
    verdicts.closed(uri)


async def check(
    history: History,
    most: int,
    seed: int = 0,
    encoding: str = "utf-16",
    tick: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """What was counted and what was wrong, as JSON.  Raises ServerLost."""
    engine = TellingBackend()
    verdicts, drawn = Verdicts(engine), random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="dgr-", ignore_cleanup_errors=True) as folder:
        root, log = Path(folder) / "workspace", Path(folder) / "log"
        root.mkdir()
        async with hosted(engine) as socket:
            options = {"engineSocket": str(socket), **OPTIONS}
            async with session_of(root, options, log, encoding) as session:
                session.on_reply = verdicts.take
                checker = Checker(session, engine, drawn, verdicts)
                changes = (each for commit in history.commits(seed) for each in commit.changes)
                await checker.type(strokes(session, verdicts, changes), most, tick)
        crashes = log.read_text(encoding="utf-8", errors="replace").count("Traceback")
    return _report(checker, crashes)


def _report(checker: Checker, crashes: int) -> dict[str, Any]:
    session, verdicts = checker.session, checker.verdicts
    answered = session.replies
    return {
        "keys": checker.keys,
        "requests": session.asked,
        "to_engine": len(checker.engine.asked),
        "counts": dict(sorted(verdicts.counts.items())),
        "answered_twice": sum(count > 1 for count in answered.values()),
        "unanswered": session.asked - len(answered),
        "crashes": crashes,
        "faults": verdicts.faults,
        "resident_mb": [round(each, 1) for each in checker.resident_mb],
    }


def is_clean(report: Mapping[str, Any]) -> bool:
    wrong = ("answered_twice", "unanswered", "crashes", "faults")
    return not any(report[key] for key in wrong)

"""What a server may answer, and what it did."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from attrs import define, field, frozen

from diffgem_engine.evaluation.replay.buffer import Buffer
from diffgem_engine.evaluation.replay.session import Reply
from diffgem_engine.evaluation.replay.telling import TOLD, TellingBackend

CANCELLED = -32800
_NEAR = 30  # characters of a prompt beside the cursor that have to be the document's
_EXAMPLES = 10


@frozen
class Asked:
    """A request, and the document as it was then; `document` for `diffgem/document`."""

    uri: str
    version: int
    text: str = field(repr=False)
    offset: int
    position: Mapping[str, int]
    document: bool

    @classmethod
    def of(cls, buffer: Buffer, *, document: bool) -> "Asked":
        here = buffer.position(buffer.cursor)
        return cls(buffer.uri, buffer.version, buffer.text, buffer.cursor, here, document)


@define
class Verdicts:
    """Takes every reply in the order of arrival.

    A reply is late when one before it has shown that the server knew a newer version.
    """

    engine: TellingBackend
    counts: "Counter[str]" = field(factory=Counter)
    faults: list[str] = field(factory=list)  # the first few
    _pending: dict[int, Asked] = field(factory=dict)
    _known: dict[str, int] = field(factory=dict)
    _given_up: set[int] = field(factory=set)

    def expect(self, number: int, asked: Asked) -> None:
        self._pending[number] = asked

    def cancelled(self, number: int) -> None:
        self._given_up.add(number)

    def closed(self, uri: str) -> None:
        """Its versions begin anew."""
        self._known.pop(uri, None)

    def take(self, number: int, reply: Reply) -> None:
        asked = self._pending.pop(number, None)
        if asked is None:
            return
        if reply.error is not None:
            self._take_error(number, asked, reply.error)
        elif asked.document:
            self._take_document(asked, reply.result)
        else:
            self._take_completion(asked, reply.result)

    def _take_error(self, number: int, asked: Asked, error: Mapping[str, Any]) -> None:
        self.counts["cancelled"] += 1
        if number not in self._given_up or error["code"] != CANCELLED:
            self.fault("error", asked, f"{error['code']} {error['message']}")

    def _take_document(self, asked: Asked, found: Mapping[str, Any]) -> None:
        self.counts["compared"] += 1
        self._known[asked.uri] = asked.version
        if found["text"] != asked.text or found["version"] != asked.version:
            self.fault("text", asked, f"the server has version {found['version']}")

    def _take_completion(self, asked: Asked, found: Mapping[str, Any] | None) -> None:
        if found is None:
            self.counts["superseded"] += 1
            return
        self.counts["shown" if found["items"] else "quiet"] += 1
        for item in found["items"]:
            self._take_item(asked, item)

    def _take_item(self, asked: Asked, item: Mapping[str, Any]) -> None:
        if asked.version < self._known.get(asked.uri, 0):
            self.fault("late", asked, item["insertText"])
        if item["range"] != {"start": asked.position, "end": asked.position}:
            self.fault("place", asked, str(item["range"]))
        if not self._is_made_for(asked, item["insertText"]):
            self.fault("foreign", asked, item["insertText"])

    def _is_made_for(self, asked: Asked, shown: str) -> bool:
        """Whether the text was made for this very place, or for one before what was typed of it."""
        before, after = asked.text[: asked.offset], asked.text[asked.offset :]
        near = before[-len(self.engine.text(len(self.engine.asked))) :]
        told = TOLD.search(near + shown)
        if told is None or len(shown) > len(told[0]):
            return False
        request, typed = self.engine.asked[int(told[1])], told[0][: len(told[0]) - len(shown)]
        then = before[: len(before) - len(typed)]
        self.counts["reused"] += bool(typed)
        # before a document that has just begun the prompt has other text, of the context
        return request.prefix.endswith(then[-_NEAR:]) and after.startswith(request.suffix[:_NEAR])

    def fault(self, kind: str, asked: Asked, what: str) -> None:
        self.counts[f"fault: {kind}"] += 1
        if len(self.faults) < _EXAMPLES:
            at = f"{asked.uri} version {asked.version} at {asked.position}"
            self.faults.append(f"{kind}: {at}: {what}")

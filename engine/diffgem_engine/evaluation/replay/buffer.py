"""A document as the editor has it, and the parameters of what the editor says of it."""

from typing import Any

from attrs import define

from diffgem_engine.evaluation.replay.keys import Key

_UNITS = {"utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4), "utf-8": ("utf-8", 1)}


@define
class Buffer:
    """Its line breaks are LF; the cursor is behind the last edit."""

    uri: str
    language_id: str
    text: str
    encoding: str = "utf-16"
    version: int = 1
    cursor: int = 0

    def opened(self) -> dict[str, Any]:
        item = {"uri": self.uri, "languageId": self.language_id, "version": self.version}
        return {"textDocument": {**item, "text": self.text}}

    def identified(self) -> dict[str, Any]:
        return {"textDocument": {"uri": self.uri}}

    def apply(self, key: Key) -> dict[str, Any]:
        """The parameters of didChange; the text has changed."""
        end = key.start + key.removed
        span = {"start": self.position(key.start), "end": self.position(end)}
        self.text = self.text[: key.start] + key.inserted + self.text[end:]
        self.cursor = key.end
        self.version += 1
        document = {"uri": self.uri, "version": self.version}
        return {
            "textDocument": document,
            "contentChanges": [{"range": span, "text": key.inserted}],
        }

    def asked(self) -> dict[str, Any]:
        """The parameters of inlineCompletion, as editors ask at every key."""
        here = self.position(self.cursor)
        return {**self.identified(), "position": here, "context": {"triggerKind": 2}}

    def position(self, offset: int) -> dict[str, int]:
        start = self.text.rfind("\n", 0, offset) + 1
        return {
            "line": self.text.count("\n", 0, start),
            "character": self._units(self.text[start:offset]),
        }

    def _units(self, text: str) -> int:
        codec, width = _UNITS[self.encoding]
        return len(text) if text.isascii() else len(text.encode(codec)) // width

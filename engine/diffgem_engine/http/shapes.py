"""What a shape must know: how it asks, and how it is answered, at once or in pieces."""

from typing import Any, Protocol

from diffgem_engine.http.answered import Answered
from diffgem_engine.http.asked import Asked
from diffgem_engine.http.fields import Fields

Json = dict[str, Any]


class Shape(Protocol):
    """A class of one request: its wishes that only the answer heeds are its own."""

    @property
    def asked(self) -> Asked: ...

    def whole(self, answered: Answered) -> Json: ...

    def piece(self, model: str, trace: str, text: str) -> Json:
        """Of a stream; `text` follows the pieces before it."""

    def end(self, answered: Answered, text: str) -> list[Json]:
        """The last of a stream, with what is left of the text."""

    @property
    def done(self) -> str:
        """The line that ends a stream; empty for none."""


class Reads(Protocol):
    def __call__(self, fields: Fields) -> Shape:
        """Raises BadField."""

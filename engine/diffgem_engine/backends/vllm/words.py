"""Text <-> ids of the upstream's model: from its `tokenizer.json`, or by asking the upstream."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

from diffgem_engine.backends.openai.errors import Garbled
from diffgem_engine.backends.openai.said import is_text
from diffgem_engine.backends.openai.server import Server
from diffgem_engine.backends.openai.together import together

if TYPE_CHECKING:
    from diffgem_engine.checkpoint.tokenizer import CodeTokenizer

Encoded = dict[str, tuple[int, ...]]

# Of DiffusionGemma's checkpoints.  A server with another model refuses ids that it lacks when it is
# probed, and is then asked in the chat format; --tokenizer says what holds for any model.
VOCAB = 262_144
PAD, EOS, BOS = 0, 1, 2
TURNS = (105, 106)  # what begins and ends one

LARGEST_ID = 2**31 - 1
MARKS = 8  # that a server may add to a text, though it was asked not to


class Words(Protocol):
    """Both raise UpstreamError."""

    @property
    def vocab(self) -> int: ...

    @property
    def marks(self) -> tuple[int, ...]:
        """The ids that no text has."""

    async def encode(self, server: Server, texts: Iterable[str]) -> Encoded:
        """Of every text."""

    async def decode(self, server: Server, ids: Sequence[int]) -> str: ...


class OwnWords:
    """A tokenizer of this process: no text is asked for, and none is taken for a mark."""

    def __init__(self, tokenizer: "CodeTokenizer") -> None:
        self._tokenizer = tokenizer
        self.vocab = tokenizer.size
        self.marks = tokenizer.special_ids

    async def encode(self, _server: Server, texts: Iterable[str]) -> Encoded:
        return {text: tuple(self._tokenizer.encode(text)) for text in texts}

    async def decode(self, _server: Server, ids: Sequence[int]) -> str:
        return self._tokenizer.decode(ids)


class AskedWords:
    """The upstream's /tokenize and /detokenize, which vLLM has."""

    vocab = VOCAB
    marks = (PAD, EOS, BOS, *TURNS)

    def __init__(self, model: str) -> None:
        self._model = model

    async def encode(self, server: Server, texts: Iterable[str]) -> Encoded:
        every = tuple(dict.fromkeys(texts))
        found = await together(self._encode(server, text) for text in every)
        return dict(zip(every, found, strict=True))

    async def decode(self, server: Server, ids: Sequence[int]) -> str:
        kept = [i for i in ids if i not in self.marks]
        if not kept:
            return ""
        answer = await server.json("POST", "/detokenize", {"model": self._model, "tokens": kept})
        text = answer.get("prompt")
        if not (isinstance(text, str) and is_text(text)):
            raise Garbled(server.url, "answers /detokenize without a text")
        return text

    async def _encode(self, server: Server, text: str) -> tuple[int, ...]:
        if not text:
            return ()
        clean = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        asked = {"model": self._model, "prompt": clean, "add_special_tokens": False}
        ids = (await server.json("POST", "/tokenize", asked)).get("tokens")
        if not (
            isinstance(ids, list) and all(type(i) is int and 0 <= i <= LARGEST_ID for i in ids)
        ):
            raise Garbled(server.url, "answers /tokenize without ids")
        if len(ids) > len(clean.encode()) + MARKS:
            raise Garbled(server.url, "answers /tokenize with more ids than the text has bytes")
        return tuple(ids)

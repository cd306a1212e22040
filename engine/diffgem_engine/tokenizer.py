"""Text <-> ids, at the server's edge: below it the engine sees token ids only."""

from codecs import getincrementaldecoder
from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer

# In the order of canvas.SpecialIds; ids 0..2 are where transformers' text config expects them.
SPECIALS = ("<pad>", "<eos>", "<bos>", "<hole>", "<eom>", "<suffix>", "<prefix>")
RESERVED = 16  # ids kept for special tokens, so that adding one does not move the vocabulary

# How a byte-level vocabulary writes bytes: those that print as themselves, the others in order
# as the characters from 256 on.
_PRINTED = (*range(33, 127), *range(161, 173), *range(174, 256))
_OTHERS = (byte for byte in range(256) if byte not in _PRINTED)
BYTES = {chr(byte): byte for byte in _PRINTED} | {
    chr(256 + number): byte for number, byte in enumerate(_OTHERS)
}


class CodeTokenizer:
    """Byte-level BPE.  Any text has an encoding, and special tokens cannot be typed into a file."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        tokenizer.encode_special_tokens = True  # the text "<eom>" is six characters, not a token
        self._tokenizer = tokenizer

    @classmethod
    def load(cls, path: Path) -> "CodeTokenizer":
        return cls(Tokenizer.from_file(str(path)))

    @property
    def size(self) -> int:
        return self._tokenizer.get_vocab_size()

    def encode(self, text: str) -> list[int]:
        """Lone surrogates become U+FFFD: no encoding has room for them."""
        clean = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return self._tokenizer.encode(clean, add_special_tokens=False).ids

    def decode(self, ids: Sequence[int]) -> str:
        """Special tokens have no text; bytes that are no UTF-8 become U+FFFD."""
        return self._tokenizer.decode([i for i in ids if i >= RESERVED], skip_special_tokens=False)

    def pieces(self, ids: Sequence[int]) -> list[str]:
        """The text of each id; of a character that several ids share, the last of them has it.

        Put together they are what `decode` says.
        """
        utf8 = getincrementaldecoder("utf-8")("replace")
        texts = [utf8.decode(self._bytes(i)) for i in ids]
        if texts:
            texts[-1] += utf8.decode(b"", final=True)
        return texts

    def _bytes(self, token: int) -> bytes:
        """None of a special token, nor of an id that the vocabulary lacks."""
        written = self._tokenizer.id_to_token(token) if token >= RESERVED else None
        return bytes(BYTES[character] for character in written or "")

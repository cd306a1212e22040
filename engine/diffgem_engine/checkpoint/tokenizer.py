"""Text <-> ids, at the server's edge: below it the engine sees token ids only."""

import re
from codecs import getincrementaldecoder
from collections.abc import Iterable, Sequence
from pathlib import Path

from tokenizers import AddedToken, Tokenizer
from tokenizers.decoders import ByteLevel

# In the order of canvas.SpecialIds; ids 0..2 are where transformers' text config expects them.
SPECIALS = ("<pad>", "<eos>", "<bos>", "<hole>", "<eom>", "<suffix>", "<prefix>")
BROKEN = "\ufffd"  # what bytes that are no UTF-8 become
LONGEST_CHARACTER = 4  # bytes in UTF-8, so at most as many ids
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
        self._is_byte_level = isinstance(tokenizer.decoder, ByteLevel)
        self._read_special()

    @classmethod
    def load(cls, path: Path) -> "CodeTokenizer":
        return cls(Tokenizer.from_file(str(path)))

    def _read_special(self) -> None:
        added = self._tokenizer.get_added_tokens_decoder()
        self._special = frozenset(i for i, token in added.items() if token.special)

    def reserve(self, ids: Iterable[int]) -> None:
        """Make these ids special: no text has them, and they have none."""
        names = [self._tokenizer.id_to_token(i) for i in ids]
        self._tokenizer.add_special_tokens([AddedToken(name, special=True) for name in names])
        self._read_special()

    def to_str(self) -> str:
        """What `load` reads, as it is in a `tokenizer.json`."""
        text: str = self._tokenizer.to_str(pretty=True)
        return text

    @property
    def special_ids(self) -> tuple[int, ...]:
        return tuple(sorted(self._special))

    @property
    def size(self) -> int:
        return self._tokenizer.get_vocab_size()

    def encode(self, text: str) -> list[int]:
        """Lone surrogates become U+FFFD: no encoding has room for them."""
        clean = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return self._tokenizer.encode(clean, add_special_tokens=False).ids

    def encode_template(self, text: str) -> list[int]:
        """Text of the checkpoint's own, in which the names of special tokens mean them."""
        named = {str(self._tokenizer.id_to_token(i)): i for i in self._special}
        ids: list[int] = []
        for piece in re.split("(" + "|".join(map(re.escape, named)) + ")", text):
            ids += [named[piece]] if piece in named else self.encode(piece)
        return ids

    def ids_with(self, text: str) -> tuple[int, ...]:
        """Those that hold `text`, which is ASCII that prints, and then perhaps something more."""
        vocabulary = self._tokenizer.get_vocab(with_added_tokens=False)
        return tuple(sorted(i for piece, i in vocabulary.items() if text in piece))

    def decode(self, ids: Sequence[int]) -> str:
        """Special tokens have no text; bytes that are no UTF-8 become U+FFFD."""
        shown = [i for i in ids if i not in self._special]
        return self._tokenizer.decode(shown, skip_special_tokens=False)

    def pieces(self, ids: Sequence[int]) -> list[str]:
        """The text of each id; of a character that several ids share, the last of them has it.

        Put together they are what `decode` says.
        """
        return self._pieces_of_bytes(ids) if self._is_byte_level else self._pieces(ids)

    def _pieces_of_bytes(self, ids: Sequence[int]) -> list[str]:
        utf8 = getincrementaldecoder("utf-8")("replace")
        texts = [utf8.decode(self._bytes(i)) for i in ids]
        if texts:
            texts[-1] += utf8.decode(b"", final=True)
        return texts

    def _bytes(self, token: int) -> bytes:
        """None of a special token, nor of an id that the vocabulary lacks."""
        written = None if token in self._special else self._tokenizer.id_to_token(token)
        return bytes(BYTES[character] for character in written or "")

    def _pieces(self, ids: Sequence[int]) -> list[str]:
        """By decoding on until a character is whole: of a vocabulary that is not of bytes."""
        texts: list[str] = []
        unfinished: list[int] = []
        for i in ids:
            text = self.decode([*unfinished, i])
            goes_on = i not in self._special and text.endswith(BROKEN)
            if goes_on and len(unfinished) < LONGEST_CHARACTER - 1:
                unfinished.append(i)
                text = ""
            else:
                unfinished = []
            texts.append(text)
        if unfinished:
            texts[-1] = self.decode(unfinished)
        return texts

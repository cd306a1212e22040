"""Text <-> ids, at the server's edge: below it the engine sees token ids only."""

from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer

# In the order of canvas.SpecialIds; ids 0..2 are where transformers' text config expects them.
SPECIALS = ("<pad>", "<eos>", "<bos>", "<hole>", "<eom>", "<suffix>", "<prefix>")
BROKEN = "\ufffd"  # what bytes that are no UTF-8 become
LONGEST_CHARACTER = 4  # bytes in UTF-8, so at most as many ids
RESERVED = 16  # ids kept for special tokens, so that adding one does not move the vocabulary


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
        """The text of each id; of a character that several ids share, the last of them has it."""
        texts: list[str] = []
        unfinished: list[int] = []
        for i in ids:
            text = self.decode([*unfinished, i])
            if i >= RESERVED and text.endswith(BROKEN) and len(unfinished) < LONGEST_CHARACTER - 1:
                unfinished.append(i)
                text = ""
            else:
                unfinished = []
            texts.append(text)
        if unfinished:
            texts[-1] = self.decode(unfinished)
        return texts

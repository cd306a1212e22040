"""What the editors' plugins say to people: each literal of several words in their sources."""

import re

GAP = "…"
_COMMENT = {".ts": r"//[^\n]*|/\*.*?\*/", ".lua": r"--[^\n]*", ".el": r";[^\n]*"}
_TEXT = {
    ".ts": r'"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`',
    ".lua": r'"(?:[^"\\\n]|\\.)*"',
    ".el": r'(?<=\(message )"(?:[^"\\]|\\.)*"',
}
# of Lua's and Emacs Lisp's `format`, and of templates, which may hold templates
_PART = re.compile(r"\$\{(?:[^{}`]|`[^`]*`|\{[^}]*\})*\}|%[-0-9.]*[sdq]")
_WORD = re.compile(r"[A-Za-z']{2,}")
_NO_PROSE = re.compile(r"^[./@|#<]|^\$?\(|\\n|=>|;$|^--? |^[a-z]+[A-Z]\w* |^import |^'|^\S+$")
_LABEL = re.compile(r"[A-Z][^.:;,?]*")  # of a button, a menu, a page
LEAST_WORDS = 4


def spoken(*roots):
    """Every message to the files that say it."""
    found = {}
    files = (path for root in roots for path in sorted(root.rglob("*")) if path.suffix in _TEXT)
    for path in files:
        for text in _texts(path):
            found.setdefault(text, []).append(path)
    return found


def _texts(path):
    """A comment is matched so that what it quotes is not taken for a text."""
    kind = path.suffix
    for match in re.finditer(
        f"(?P<text>{_TEXT[kind]})|{_COMMENT[kind]}", path.read_text(), re.DOTALL
    ):
        text = _PART.sub(GAP, (match["text"] or "")[1:-1])
        is_long = len(_WORD.findall(text)) >= LEAST_WORDS
        if is_long and not _NO_PROSE.search(text) and not _LABEL.fullmatch(text):
            yield " ".join(text.replace('\\"', '"').split())

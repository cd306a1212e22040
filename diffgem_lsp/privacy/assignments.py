"""Values that are given to what is named as secrets are, in code and in files of settings."""

import re
from collections.abc import Iterator
from itertools import islice, pairwise

from diffgem_lsp.privacy.spans import Span
from diffgem_lsp.privacy.words import HINTS, NAME, is_firm, is_nothing, is_prose, is_strong

_NAME = rf"(?P<name>{NAME})"
_QUOTED = r"(?P<q>\\?(?:\"\"\"|'''|[\"'`]))(?P<v>(?:(?!(?P=q))(?:\\.|.))*)"
_WRAP = (  # as of `SecretStr("...")`, `String::from("...")`, `b"..."`
    r"\(?\s*&?(?:(?:new\s+)?[\w.:]{0,40}(?:Secret|Str|String|Bytes|Some|From|Password|Token"
    r"|Credential|Key)\w{0,20}!?\s*\(\s*)?(?:ConvertTo-SecureString\s+(?:-String\s+)?)?@?[FRBUL$]{0,2}"
)
# `password = "..."`, `"password": "..."`, `password: str = "..."`, `define('PASSWORD', '...')`,
# `key="Password" value="..."`
_LITERAL = re.compile(
    rf"(?i){_NAME}(?P<close>\\?[\"'`])?[\])]*\s{{0,20}}"
    r"(?P<sep>[:?!]{1,2}\s*[\w.\[\]|<>?&', ]{1,60}?=(?!=)|:=|[!=]==?|=>?|::?|,|->"
    rf"|\s(?:value|default)\s*=)\s{{0,20}}{_WRAP}{_QUOTED}"
)
# `#define PASSWORD "..."`, `set_password("...")`, `secret{"..."}`
_GIVEN = re.compile(rf"(?i)(?<!get)(?<!get_)(?<!has_)(?<!is_){_NAME}[({{]\s*{_QUOTED}")
# `#define PASSWORD "..."`, `:password "..."`, `(setq password "...")`, `-Password "..."`
_DEFINED = re.compile(
    rf"(?i)(?:#\s*define\s+\w{{0,60}}?|(?::|(?<!-)-)[\w-]{{0,60}}?|\((?:setq|def\w*)\s+[\w*-]{{0,60}}?){_NAME}\*?(?P<sep>\s+){_QUOTED}"
)
# `passwords = ["...", "..."]`, and what follows a value: `password = "..." + "..."`
_LIST = re.compile(rf"(?i){_NAME}s[\"']?\s*(?::\s*[\w.\[\], ]{{1,40}})?(?:=>?|:=?)\s*[\[({{]")
_NEXT = re.compile(
    r"[\"'`]?(?:\s*(?:\+|\.{1,2}|<>)\s*|\s+)[fFrRbBuU]{0,2}([\"'`])(?P<v>(?:(?!\1).)*)"
)
_ANY = re.compile(r"([\"'`])(?P<v>(?:(?!\1)(?:\\.|.))*)\1?")
_BOTH = re.compile(
    r"(?i)(?:basic_?auth|\bauth\s*[=:]\s*|credentials?|PasswordAuthentication|\blogin)[(\[]\s*[\"'][^\"']*[\"']\s*,\s*"
    r"[\"'](?P<v>[^\"']+)"
)
# `?token=...&`, `;Password=...;`, `--password ...`, `-Dpassword=...`
_WITHIN = re.compile(
    rf"(?i)(?:[?&;\"'`\s]|^|-D)(?P<flag>--)?[\w.\-]{{0,40}}?{_NAME}(?P<sep>\s?=\s?|\s+)[\"']?"
    r"(?P<v>[^\s;&\"'`,()<>\[\]{}=]+)"
)
_ELEMENT = re.compile(rf"(?i)<[\w:.-]*?{_NAME}(?:\s[^<>]*)?>(?P<v>[^<]+)<")
# A line of a file of settings: `DB_PASSWORD=...`, `password: ...`, `export TOKEN=...`
_SETTING = re.compile(
    r"(?i)^\s*+(?:[-#;+]\s*+|//\s*+)?(?P<command>export|setx?|env|arg|local|declare\s+-x)?\s*+"
    rf"(?P<own>[\"']?[\w.\-/]*?{_NAME}[\"']?)(?P<sep>\s*[=:]\s*|\s+)"
    r"(?P<v>[^\s\"'`=:>(](?:(?!\s#).)*+)"
)
_CODE = re.compile(
    r"[A-Za-z_]\w*(?:(?:\.|::|->|\?\.)\w+)*[!?]?(?:[(\[].*)?|.*[)\]}({\[]|[-+]?[\d.]+"
)
_WORDS = re.compile(r"[\w!@#$%^&*~-]+(?: [\w!@#$%^&*~-]{2,})*")
_GOES_ON = re.compile(r"[\s),;\]}+.]")

# Bounds, so that no line takes for ever.
MOST_JOINED = 100  # literals that are put together
LONGEST = 1_000  # characters of a value in one list that holds the beginning of another


def assigned(line: str, cursor: int = -1) -> Iterator[Span]:
    """Where such values stand in it.  One that holds `cursor` may be any: it is being typed."""
    lower = line.lower()
    if not any(hint in lower for hint in HINTS):
        return
    for pattern in (_LITERAL, _GIVEN, _DEFINED):
        for found in pattern.finditer(line):
            if found.start("v") < cursor <= found.end("v") or _is_secret(found):
                yield found.span("v")
                yield from islice(_going_on(line, found.end("v")), MOST_JOINED)
    for firm, each in _listed(line):
        if each.start("v") < cursor <= each.end("v") or _is_one_of(each["v"], firm=firm):
            yield each.span("v")
    for pattern in (_WITHIN, _ELEMENT):
        yield from (each.span("v") for each in pattern.finditer(line) if _is_bare(each))
    yield from (each.span("v") for each in _BOTH.finditer(line) if not is_nothing(each["v"]))
    setting = _SETTING.match(line)
    if setting is not None and _is_setting(setting, value := setting["v"].rstrip()):
        yield setting.start("v"), setting.start("v") + len(value)


def _is_secret(found: re.Match[str]) -> bool:
    value, sep = found["v"], found.groupdict().get("sep", ",")
    if is_nothing(value) or _is_between_literals(found):
        return False
    if not is_firm(found["name"]):
        return is_strong(value)
    if sep == ",":  # a list of names, or a name and its value
        named = "sep" not in found.groupdict() or found["close"] is not None
        return named and (_has_digit_or_sign(value) or is_strong(value))
    return not is_prose(value)


def _listed(line: str) -> Iterator[tuple[bool, re.Match[str]]]:
    """What stands in quotes behind the beginning of a list, and whether one before it has a firm
    name.

    Each list is read as far as the next begins, and a little further for what lies across that.
    """
    firm, lists = False, list(_LIST.finditer(line))
    ends = [*(each.end() for each in lists), len(line)]
    for each, (start, end) in zip(lists, pairwise(ends), strict=True):
        firm = firm or is_firm(each["name"])
        for value in _ANY.finditer(line, start, end + LONGEST):
            if value.start() > end:
                break
            yield firm, value


def _is_one_of(value: str, *, firm: bool) -> bool:
    """Lists of tokens are lists of words, most often."""
    if is_nothing(value):
        return False
    return is_strong(value) or (firm and _has_digit_or_sign(value))


def _going_on(line: str, end: int) -> Iterator[Span]:
    """The literals that are put together with the one that ends at `end`."""
    found = _NEXT.match(line, end)
    while found is not None:
        yield found.span("v")
        found = _NEXT.match(line, found.end())


def _is_between_literals(found: re.Match[str]) -> bool:
    """As in `input("Password: ", mask="*")`: the quote ends a literal, it does not begin one."""
    if not _GOES_ON.match(found["v"]):
        return False
    return found.string.count(found["q"], 0, found.start("q")) % 2 == 1


def _is_bare(found: re.Match[str]) -> bool:
    value, groups = found["v"], found.groupdict()
    if is_nothing(value) or value[0] in "$%-=@*<{|\\":
        return False
    if not is_firm(found["name"]):
        return _is_strong_word(value)
    if groups.get("sep", "").isspace() and not groups["flag"]:
        return False
    return (found[0][0] in "?&;<\"'" and len(value) > 2) or _has_digit_or_sign(value)


def _is_strong_word(value: str) -> bool:
    """Without quotes a long word may be the name of a class."""
    return is_strong(value) and any(map(str.isdigit, value))


def _has_digit_or_sign(value: str) -> bool:
    return bool(re.search(r"\d|[!@#$%^&*~]", value)) and len(value) >= 4


def _is_setting(found: re.Match[str], value: str) -> bool:
    sep = found["sep"]
    if is_nothing(value) or value[0] in "$%<{[|&*>!@\\" or value[-1] in ",;":
        return False
    if sep.isspace():
        return bool(found["command"]) and _has_digit_or_sign(value) and " " not in value
    if not is_firm(found["name"]):
        return _is_strong_word(value)
    if sep == "=" and found["own"] == found["own"].upper():
        return True  # of a shell, or an .env file
    if _CODE.fullmatch(value):
        return value.isalnum() and (_has_digit_or_sign(value) or _is_word_of_yaml(value, sep))
    return " " not in value or bool(_WORDS.fullmatch(value) and _has_digit_or_sign(value))


def _is_word_of_yaml(value: str, sep: str) -> bool:
    return sep in (": ", "=") and value.islower()

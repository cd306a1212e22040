"""Secrets that show what they are, whatever they are given to: keys of providers, URLs, headers."""

import re
from collections.abc import Iterator

from diffgem_lsp.privacy.spans import Span
from diffgem_lsp.privacy.words import is_nothing, is_strong

# Shorter than the providers make them: half of a key is a secret as well.
_KEYS = re.compile(
    r"""(?x)(?<![A-Za-z0-9])(?:
      A(?:KIA|SIA|BIA|CCA)[0-9A-Z]{6,}
    | gh[pousr]_[A-Za-z0-9]{6,} | github_pat_\w{6,}
    | gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent|imt|oas)-[\w.-]{6,}
    | xox[abeoprs][.-][\w-]{6,} | xapp-\d-[\w-]{6,}
    | AIza[\w-]{8,} | ya29\.[\w-]{8,} | GOCSPX-[\w-]{6,}
    | [srp]k_(?:live|test)_\w{6,} | whsec_[\w+/=]{8,}
    | sk-(?:ant|proj|svcacct|or)-[\w-]{6,} | sk-(?=[A-Za-z]*\d)[A-Za-z0-9]{16,}
    | npm_(?=[A-Za-z]*\d)[A-Za-z0-9]{12,} | pypi-AgE[\w-]{6,}
    | hf_(?=[a-z0-9]*[A-Z])(?=[A-Z0-9]*[a-z])[A-Za-z0-9]{12,}
    | eyJ[\w-]{8,}(?:\.[\w-]*){0,2}
    | SG\.[\w-]{10,}(?:\.[\w-]*)? | do[opr]_v1_[0-9a-f]{8,} | dckr_pat_[\w-]{6,}
    | shp(?:at|ca|pa|ss)_[0-9a-fA-F]{8,} | sq0(?:atp|csp)-[\w-]{8,} | lin_api_\w{8,}
    | ATATT3[\w=-]{8,} | AGE-SECRET-KEY-1[A-Z0-9]{8,} | hv[sb]\.[\w-]{10,}
    | nvapi-[\w-]{10,} | gsk_[A-Za-z0-9]{16,} | xai-[A-Za-z0-9]{16,} | r8_[A-Za-z0-9]{16,}
    | rubygems_[0-9a-f]{10,} | PMAK-[\w-]{10,} | NRAK-[A-Z0-9]{10,} | figd_[\w-]{10,}
    | SK[0-9a-f]{32} | key-[0-9a-f]{32} | \d{8,10}:AA[\w-]{20,}
    )[\w+/=-]*"""
)
_HOOKS = re.compile(
    r"(?i)(?:hooks\.slack\.com/(?:services|workflows)|discord(?:app)?\.com/api/webhooks"
    r"|webhook\.office\.com/webhookb2)/([\w/@-]{8,})"
)
_KEY_HINTS = (
    *("AKIA", "ASIA", "ABIA", "ACCA", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
    *("xox", "xapp-", "AIza", "ya29.", "GOCSPX-", "k_live_", "k_test_", "whsec_", "sk-", "npm_"),
    *("pypi-", "hf_", "eyJ", "SG.", "_v1_", "dckr_", "shp", "sq0", "lin_api_", "ATATT3", "AGE-"),
    *("hvs.", "hvb.", "nvapi-", "gsk_", "xai-", "r8_", "rubygems_", "PMAK-", "NRAK-", "figd_"),
    *("glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glft-", "glsoat-", "glagent-", "glimt-"),
    *("gloas-", "SK", "key-", ":AA"),
)
# At the cursor a key has only begun.
_BEGUN = re.compile(
    r"(?<![A-Za-z0-9])(?:A[KS]IA|gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|AIza|[srp]k_live_"
    r"|sk-(?:ant|proj)-|pypi-AgE|eyJ)[\w-]+"
)
_IN_URL = re.compile(r"://[^\s:/@'\"`<>]{0,200}:([^\s/@'\"`]+)@")
_BEGUN_IN_URL = re.compile(
    r"://[^\s:/@'\"`<>]{0,200}:(?!\d+(?:$|[^\w]))([^\s/@'\"`:]+)(?=['\"`\s]|$)"
)
_ALONE_IN_URL = re.compile(r"://([^\s:/@'\"`<>]{16,200})@")
_HEADER = re.compile(
    r"(?i)authorization\\?[\"'`]?\s*(?:\]\s*)?[:=,]\s*(?:f|b|r)?\\?[\"'`]?"
    r"(?:(?:bearer|basic|token|digest|apikey|bot|key)\s+)?([^\s\"'`\\]+)"
)
_SCHEME = re.compile(r"\b(?:[Bb]earer|BEARER|Basic|basic|Token|Bot)\s+([\w.~+/=-]{8,})")
_COMMANDS = (  # and what is given to one behind it
    (
        re.compile(r"(?:curl|wget|http)\b"),
        re.compile(r"\s(?:-u|--user)[= ]?[\"']?[^\s:\"']{0,100}:([^\s\"']+)"),
    ),
    (
        re.compile(r"(?:mysql\w*|mariadb\w*|sshpass)\b"),
        re.compile(r"\s-p[\"']?([^\s\"'-][^\s\"']*)"),
    ),
)
_SQL = re.compile(r"(?i)(?:identified\s+by|\bpassword)\s+(?:password\s+)?'([^']+)")
_LOGIN = re.compile(r"(?i)\blogin\s+\S+\s+password\s+(\S+)|^\s*(?:requirepass|masterauth)\s+(\S+)")


def shapes(line: str) -> Iterator[Span]:
    """Where secrets of these shapes stand in it."""
    if any(hint in line for hint in _KEY_HINTS):
        yield from (each.span() for each in _KEYS.finditer(line) if not is_example(each[0]))
    if "://" in line or "hook" in line:
        yield from _urls(line)
    lower = line.lower()
    if any(hint in lower for hint in ("authorization", "bearer", "basic", "token", "bot")):
        yield from _headers(line)
    if any(hint in lower for hint in ("-u", "-p", "identified", "pass", "auth")):
        given = (*_given_to_commands(line), *_SQL.finditer(line), *_LOGIN.finditer(line))
        found = ((each, each.lastindex or 1) for each in given)
        yield from (each.span(of) for each, of in found if not is_nothing(each[of]))


def begun(line: str) -> Iterator[Span]:
    """Where they may have begun: only what is being typed is looked at so."""
    yield from (each.span() for each in _BEGUN.finditer(line))
    yield from (each.span(1) for each in _BEGUN_IN_URL.finditer(line) if not is_nothing(each[1]))


def is_example(key: str) -> bool:
    return bool(re.search(r"(?i)example|x{4}|\*{3}|\.{3}|(.)\1{5}|your", key))


def _urls(line: str) -> Iterator[Span]:
    yield from (each.span(1) for each in _IN_URL.finditer(line) if not is_nothing(each[1]))
    yield from (each.span(1) for each in _ALONE_IN_URL.finditer(line) if is_strong(each[1]))
    yield from (each.span(1) for each in _HOOKS.finditer(line) if not is_example(each[1]))


def _headers(line: str) -> Iterator[Span]:
    for pattern in (_HEADER, _SCHEME):
        yield from (
            each.span(1)
            for each in pattern.finditer(line)
            if is_strong(each[1]) and not is_nothing(each[1])
        )


def _given_to_commands(line: str) -> Iterator[re.Match[str]]:
    """In two patterns, since one would look at the rest of the line for each command."""
    for command, password in _COMMANDS:
        place = 0
        while (begins := command.search(line, place)) is not None:
            given = password.search(line, begins.end())
            if given is None:
                break
            yield given
            place = given.end()

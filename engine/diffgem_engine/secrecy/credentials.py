"""Text that holds somebody's key, token or password: which kind, if any.

A file with one is left out whole.  Known kinds are told by their shape; a value that code gives to
a name such as `api_key`, or that stands as the password of a URL, only where it looks drawn at
random, since examples and placeholders are many and real ones few.
"""

import re
from collections.abc import Callable, Iterator

from attrs import frozen

from diffgem_engine.secrecy.drawn import is_placeholder, looks_drawn

# Names that stand for nobody's machine, or for this one.
NO_HOST = re.compile(
    r"(?i)^(?:localhost|(?:.*\.)?example(?:\.\w+)?|.*\.(?:test|invalid|local|localdomain|internal)"
    r"|127\.[\d.]+|0\.0\.0\.0|10\.[\d.]+|192\.168\.[\d.]+|[^.]*)$"
)
# What stands before a value that is given to a name: `api_key = `, `"token": `, `password: str = `.
NAMED = re.compile(
    r"(?i)(?:passw(?:or)?d|pwd|secret|(?<!publickey)token|credentials?"
    r"|(?:api|access|auth|secret|signing|private)_?key)"
    r"[\"']?\]?\s*(?::\s*[\w.\[\]| ]+)?[=:]\s*\(?\s*[rbu]?\Z"
)


def _is_no_example(found: re.Match[str]) -> bool:
    return not is_placeholder(found[0])


def _is_random_key(found: re.Match[str]) -> bool:
    return looks_drawn(found[1])


def _is_any(_: re.Match[str]) -> bool:
    return True


def _is_password_for_a_host(found: re.Match[str]) -> bool:
    user, password, host = found.groups()
    return (
        not NO_HOST.match(host)
        and len(password) >= 6
        and password.lower() != user.lower()
        and any(map(str.isdigit, password))
        and not is_placeholder(password)
    )


def _is_given_to_a_secret_name(found: re.Match[str]) -> bool:
    start = found.start()
    return looks_drawn(found[2]) and bool(NAMED.search(found.string, max(0, start - 80), start))


@frozen
class Kind:
    """One kind of secret; every text that `pattern` matches has one of `hints`, in any case."""

    name: str
    hints: tuple[str, ...]
    pattern: re.Pattern[str]
    is_real: Callable[[re.Match[str]], bool] = _is_no_example


KINDS = (
    Kind(
        "private key",
        ("PRIVATE KEY",),
        re.compile(
            r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?s:.){0,300}?[A-Za-z0-9+/]{40}"
        ),
        _is_any,  # keys in base64 begin with a row of A
    ),
    Kind(
        "AWS access key",
        ("AKIA", "ASIA"),
        re.compile(r"\bA(?:KI|SI)A[0-9A-Z]{16}\b"),
    ),
    Kind(
        "AWS secret key",
        ("aws",),
        re.compile(
            r"(?i:aws.{0,20}(?:secret|key).{0,20}[\"'=:\s])([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+])"
        ),
        _is_random_key,
    ),
    Kind(
        "GitHub token",
        ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
        re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{50})"),
    ),
    Kind("GitLab token", ("glpat-",), re.compile(r"\bglpat-[A-Za-z0-9_-]{20}")),
    Kind(
        "Slack token",
        ("xox", "hooks.slack.com"),
        re.compile(
            r"\bxox[abeoprs]-[A-Za-z0-9-]{20}"
            r"|hooks\.slack\.com/services/T[A-Z0-9]{8,}/B[A-Z0-9]{8,}/[A-Za-z0-9]{20}"
        ),
    ),
    Kind("Google key", ("AIza",), re.compile(r"\bAIza[0-9A-Za-z_-]{35}(?![0-9A-Za-z_-])")),
    Kind("Stripe key", ("k_live_",), re.compile(r"\b[sr]k_live_[0-9A-Za-z]{16}")),
    Kind(
        "sk- key",
        ("sk-",),
        re.compile(r"\bsk-[A-Za-z0-9_-]*?([A-Za-z0-9_]{20,})"),
        _is_random_key,
    ),
    Kind("npm token", ("npm_",), re.compile(r"\bnpm_[A-Za-z0-9]{36}\b")),
    Kind("PyPI token", ("pypi-AgEI",), re.compile(r"\bpypi-AgEI[A-Za-z0-9_-]{40}")),
    Kind("Hugging Face token", ("hf_",), re.compile(r"\bhf_[A-Za-z]{34}\b")),
    Kind(
        "JSON web token",
        ("eyJ",),
        re.compile(r"\beyJ[\w-]{10,1000}\.eyJ[\w-]{10,}\.[\w-]{20,}"),
        _is_any,
    ),
    Kind(
        "password in a URL",
        ("://",),
        re.compile(r"[a-z]://([^\s:/@'\"]{0,64}):([^\s:/@'\"]{1,128})@([A-Za-z0-9.-]+)"),
        _is_password_for_a_host,
    ),
    Kind(
        "secret in an assignment",
        ("passw", "pwd", "secret", "token", "key", "credential"),
        re.compile(r"([\"'])([^\"'\s\\]{16,200})(?=\1)"),
        _is_given_to_a_secret_name,
    ),
)


def secrets_in(text: str) -> Iterator[str]:
    """The names of the kinds that are in `text`."""
    lower = text.lower()
    for kind in KINDS:
        if any(hint.lower() in lower for hint in kind.hints) and any(
            kind.is_real(found) for found in kind.pattern.finditer(text)
        ):
            yield kind.name

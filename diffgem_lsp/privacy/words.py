"""What a secret is called, and which values are none: names, types, what others fill in."""

import re

from diffgem_engine.secrecy.drawn import looks_drawn

# In a pattern that ignores case.  Only names that end so: a `token_type` is no token.
PASSWORD = (
    r"passw(?:or)?d|passwort|passphrase|passcode|pwd|mot_?de_?passe|kennwort|contrase[ñn]a|senha"
    r"|wachtwoord|passord|密[码碼]|пароль"
    r"|(?<![a-z])(?:pass|pw)|(?-i:(?<=[a-z])Pass)"
)
KEY = (
    r"(?:api|app|access|auth|secret|signing|private|encryption|client|master|session|service"
    r"|account|consumer|shared|storage|deploy|webhook|jwt|hmac|aes|admin|bot|refresh|bearer|oauth"
    r"|personal|security|subscription|license|functions?|instrumentation)"
    r"[_\-. ]?(?:access[_\-]?)?(?:key|secret|token)"
    r"|secret|connection[_\-]?string"
)
TOKEN = r"(?<!publickey)token|credentials?|(?<![a-z])auth|(?<![a-z])x-[\w-]{1,40}-key"
_ENDING = (
    r"(?:[_\-]?(?:prod(?:uction)?|stag(?:e|ing)|dev|test|live|values?|default|str(?:ing)?|plain"
    r"|text|main|old|new|current|base|b64|hex|\d++))*"
)
NAME = rf"(?:{PASSWORD}|{KEY}|{TOKEN}){_ENDING}"
_FIRM = re.compile(rf"(?i)(?:{PASSWORD}|{KEY}){_ENDING}")
HINTS = (
    *("pass", "pwd", "pw", "secret", "token", "key", "credential", "auth", "connection", "login"),
    *("contrase", "senha", "kennwort", "wachtwoord", "密", "пароль"),
)

_PLACEHOLDER = re.compile(
    r"(?i)example|placeholder|your|change[-_ ]?(?:me|it|this)|replace|insert|dummy|redacted"
    r"|x{4}|\*{3}|\.{3}|…|(.)\1{5}|not[-_ ]?set|^todo\b|^fixme\b"
)
# What stands for a value that is put in when the program runs, or the file is read.
_FILLED_IN = re.compile(
    r"\$\{[^}]*\}|\$\([^)]*\)|\$[A-Za-z_]\w*|\{\{.*?\}\}|\{[\w.\[\]()'\"!:]*\}|%\(\w+\)s|%[A-Za-z_]+%|%s"
    r"|#\{[^}]*\}|<[^<>]*>|<%.*?%>|\\\([^)]*\)"
)
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[^\W_]+")
_FIELD_WORDS = """
password passwd passphrase pass pwd pw token tokens secret secrets key keys api app access auth
authorization credential credentials user username login name id field input label text hash hashed
reset required invalid incorrect wrong is are must be please forgot forgotten change changed
confirm confirmation repeat enter new old current the a an your my of for in to and or not no with
db database client server service session refresh bearer basic type value values string str int
bool boolean bytes char varchar any object number null nil none undefined true false yes default
optional self this env environment config settings file path url uri header headers x private
public master signing encryption aws azure gcp google github gitlab slack stripe openai csrf xsrf
jwt oauth oauth2 saml ssh sha sha1 sha256 sha512 md5 rsa hmac prompt hidden plain admin root off on
empty missing unset unknown
"""
_FIELDS = frozenset(_FIELD_WORDS.split())
LONGEST_FILLED_IN = 2_000  # characters: a longer value may have a secret behind them
_LITERAL = re.compile(r"[\w+/=.~!@#$%^&*?:,;|-]+")


def is_firm(name: str) -> bool:
    """Whether what is given to it is a secret, however short; a token may be any word."""
    return bool(_FIRM.fullmatch(name))


def is_nothing(value: str) -> bool:
    """Whether it is no value that anybody keeps to themselves, whatever it is given to."""
    if not value.strip() or _PLACEHOLDER.search(value):
        return True
    rest = _FILLED_IN.sub("", value) if len(value) <= LONGEST_FILLED_IN else value
    if rest != value and sum(map(str.isalnum, rest)) < 6:
        return True
    return _names_something(value)


def _names_something(value: str) -> bool:
    """As `DB_PASSWORD`, "new-password" or "Enter your password:" do."""
    words = _WORD.findall(value)
    return len(words) > 0 and all(
        word.lower() in _FIELDS or (word.isdigit() and len(word) < 2) for word in words
    )


def is_prose(value: str) -> bool:
    """Whether it is what a user reads: "Mot de passe", "The token has expired."."""
    return " " in value.strip() and not any(map(str.isdigit, value)) and (
        value.strip()[0].isupper() or value.rstrip()[-1] in ".!?:"
    )  # fmt: skip


def is_strong(value: str) -> bool:
    """Whether it looks like a key by itself, which a short word does not."""
    if not _LITERAL.fullmatch(value) or len(value) < 8:
        return False
    letters, digits = sum(map(str.isalpha, value)), sum(map(str.isdigit, value))
    signs = len(value) - letters - digits
    unbroken = signs <= len(value) // 8
    return (letters >= 2 and digits >= 2 and unbroken) or looks_drawn(value) or (
        len(value) >= 24 and unbroken and value.lower() != value != value.upper()
    )  # fmt: skip

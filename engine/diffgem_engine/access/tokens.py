"""Bearer tokens: what is handed out once, and what is kept of it."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import cattrs
from attrs import field, frozen

from diffgem_engine.access.users import RIGHTS, User

PREFIX = "dg_"
RANDOM_BYTES = 32
BURST = 20  # requests at once, after a pause
LATEST = 2.0**37  # s since 1970, some thousand years: a date can be made of it
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


def new_token() -> str:
    """256 random bits, in letters that need no quoting anywhere."""
    return PREFIX + secrets.token_urlsafe(RANDOM_BYTES)


def digest_of(token: str) -> str:
    """Of 256 random bits nobody finds the preimage, however fast the digest is."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def _check_name(_entry: Any, _attribute: Any, value: str) -> None:
    if not NAME.fullmatch(value):
        raise ValueError(
            f"{value!r} is no name: give up to 64 letters, digits and ._@-, a letter or digit first"
        )


def _check_digest(_entry: Any, _attribute: Any, value: str) -> None:
    if not _DIGEST.fullmatch(value):
        raise ValueError("a digest has 64 hexadecimal digits")


def _check_rights(_entry: Any, _attribute: Any, value: tuple[str, ...]) -> None:
    if not value or not set(value) <= set(RIGHTS):
        raise ValueError(f"--rights are of {', '.join(RIGHTS)}: give at least one")


def _above(least: float, most: float) -> Any:
    def check(_entry: Any, attribute: Any, value: float | None) -> None:
        if value is not None and not least <= value <= most:
            raise ValueError(f"--{attribute.name} must be {least:g} to {most:g}, not {value:g}")

    return check


@frozen
class Entry:
    """What the store has of a token.  Times are seconds since 1970; `digest` is in hex."""

    id: str = field(validator=_check_name)
    name: str = field(validator=_check_name)
    digest: str = field(repr=False, validator=_check_digest)
    created: float
    expires: float | None = field(default=None, validator=_above(0, LATEST))
    rights: tuple[str, ...] = field(default=("infill",), validator=_check_rights)
    weight: float = field(default=1.0, validator=_above(0.01, 100))
    rate: float | None = field(default=None, validator=_above(0.01, 10_000))
    burst: int = field(default=BURST, validator=_above(1, 10_000))
    concurrency: int | None = field(default=None, validator=_above(1, 10_000))

    def expired(self, now: float) -> bool:
        return self.expires is not None and now >= self.expires

    @property
    def expiry(self) -> str:
        """The day, in UTC."""
        if self.expires is None:
            return "never"
        return datetime.fromtimestamp(self.expires, UTC).strftime("%Y-%m-%d")

    @property
    def user(self) -> User:
        return User(
            self.name, frozenset(self.rights), self.weight, self.rate, self.burst, self.concurrency
        )


def matching(entries: tuple[Entry, ...], token: str) -> Entry | None:
    """Every digest is compared, in constant time: how long it takes tells nothing."""
    digest, found = digest_of(token), None
    for entry in entries:
        if hmac.compare_digest(entry.digest, digest):
            found = entry
    return found


_CONVERTER = cattrs.Converter(forbid_extra_keys=True)


def entry_of(found: Mapping[str, Any]) -> Entry:
    """Raises what cattrs raises, for what is no entry."""
    return _CONVERTER.structure(found, Entry)


def as_json(entry: Entry) -> dict[str, Any]:
    written: dict[str, Any] = _CONVERTER.unstructure(entry)
    return written

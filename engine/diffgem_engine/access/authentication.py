"""Who comes: a bearer token, or the place itself, makes a user of a connection."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import Protocol

from diffgem_engine.access.guesses import Guesses
from diffgem_engine.access.refusals import Refusal
from diffgem_engine.access.store import StoreError, TokenStore
from diffgem_engine.access.tokens import Entry, matching
from diffgem_engine.access.users import LOCAL, User
from diffgem_engine.endpoint import is_loopback

LOOK_S = 1.0  # between looks whether an open connection's token still holds
SCHEME = "bearer "
ASK = "ask who runs the engine for a token (`diffgem-engine token add NAME` makes one)"

log = logging.getLogger(__name__)


class Authenticator(Protocol):
    """`headers` have lower-case names.  One asks it for every connection and HTTP request."""

    def user_of(self, headers: Mapping[str, str], address: str = "") -> User | Refusal: ...

    async def withdrawn(self, headers: Mapping[str, str]) -> Refusal:
        """Once who was let in with these would not be any more; it may never return."""


class Everyone:
    """Where the place is the credential: a socket of its owner's, loopback without tokens."""

    def user_of(self, headers: Mapping[str, str], address: str = "") -> User | Refusal:
        # only browsers send it: no web page may talk to an engine on this machine
        if "origin" in headers:
            return Refusal(403, "no web page may use this engine: it serves editors")
        # nor one whose own name was made to lead here: what it reads has no Origin
        if address and not _is_ours(headers.get("host", "localhost")):
            return Refusal(403, "this engine is for this machine alone: ask localhost or 127.0.0.1")
        return LOCAL

    async def withdrawn(self, headers: Mapping[str, str]) -> Refusal:
        await asyncio.Event().wait()
        raise AssertionError  # for ever is over


def _is_ours(host: str) -> bool:
    """A `Host` of loopback."""
    name, _, port = host.rpartition(":")
    name = name if name and port.isdecimal() else host
    return is_loopback(name.strip("[]").lower().rstrip("."))


class BearerTokens:
    """Looks at the store again when its file or its folder has changed.

    A store that cannot be read lets nobody in until it can, and says so in the log, once.
    """

    def __init__(self, store: TokenStore, clock: Callable[[], float] = time.time) -> None:
        """Raises StoreError."""
        self._store = store
        self._clock = clock
        self._stamp = store.stamp
        self._entries: tuple[Entry, ...] = store.read()
        self._trouble = ""  # why it cannot be read
        self._guesses = Guesses()

    @property
    def usable(self) -> int:
        """How many tokens let somebody in now."""
        return sum(not entry.expired(self._clock()) for entry in self._current())

    def user_of(self, headers: Mapping[str, str], address: str = "") -> User | Refusal:
        """A right token is never held back by the wrong ones from the same address; none at all is
        no guess.
        """
        found = self._look(headers)
        if isinstance(found, Refusal) and found.status == 401 and "authorization" in headers:
            return self._guesses.refused(address, found)
        return found

    async def withdrawn(self, headers: Mapping[str, str]) -> Refusal:
        while not isinstance(found := self._look(headers), Refusal):  # noqa: ASYNC110 - a file
            await asyncio.sleep(LOOK_S)
        return found

    def _look(self, headers: Mapping[str, str]) -> User | Refusal:
        given = headers.get("authorization", "")
        if given[: len(SCHEME)].lower() != SCHEME:
            return Refusal(401, f"this engine wants a token: {ASK}")
        entry = matching(self._current(), given[len(SCHEME) :].strip())
        if entry is None:
            return Refusal(401, f"the engine does not know this token, or not any more: {ASK}")
        if entry.expired(self._clock()):
            return Refusal(401, f"this token has expired ({entry.expiry}): {ASK}")
        return entry.user

    def _current(self) -> tuple[Entry, ...]:
        stamp = self._store.stamp
        if stamp != self._stamp or self._trouble:
            self._stamp = stamp
            self._entries = self._read()
        return self._entries

    def _read(self) -> tuple[Entry, ...]:
        """Tried again at every look where it fails: what is mended may be no change of the file."""
        try:
            entries = self._store.read()
        except StoreError as error:
            if str(error) != self._trouble:
                log.error("nobody is let in: %s", error)  # noqa: TRY400 - it says all
            self._trouble = str(error)
            return ()
        self._trouble = ""
        return entries


class OnceThereAreTokens:
    """Everybody, until there is a store; then who has a token, even once that store is gone."""

    def __init__(self, store: TokenStore) -> None:
        """Raises StoreError."""
        self._store = store
        self._tokens = BearerTokens(store)
        self._everyone = Everyone()
        self._begun = False

    def user_of(self, headers: Mapping[str, str], address: str = "") -> User | Refusal:
        asked: Authenticator = self._tokens if self._tokens_are_asked_for() else self._everyone
        return asked.user_of(headers, address)

    async def withdrawn(self, headers: Mapping[str, str]) -> Refusal:
        while not self._tokens_are_asked_for():  # noqa: ASYNC110 - a file
            await asyncio.sleep(LOOK_S)
        return await self._tokens.withdrawn(headers)

    def _tokens_are_asked_for(self) -> bool:
        self._begun = self._begun or self._store.stamp is not None
        return self._begun

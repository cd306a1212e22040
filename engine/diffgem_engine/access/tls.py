"""The engine's certificate: checked before it is used, and again when it is renewed."""

import datetime
import logging
import shlex
import ssl
import stat
import time
from collections.abc import Callable
from pathlib import Path

from attrs import frozen

from diffgem_engine.secrecy.exposed import is_exposed

WARN_DAYS = 14
DAY_S = 86_400.0
_ONE_OF_OURS = "give the certificate chain as --tls-cert and its key as --tls-key, both in PEM"

log = logging.getLogger(__name__)


class TlsError(Exception):
    """The certificate or its key cannot be used, in one line that says what to do."""


@frozen
class Certificate:
    """Files in PEM: the chain, the server's own certificate first, and its key."""

    chain: Path
    key: Path

    @property
    def stamps(self) -> tuple[tuple[int, int, int] | None, ...]:
        """Others after every change; a renewal may replace what a link leads to."""
        return tuple(_stamp(path) for path in (self.chain, self.key))

    def context(self) -> ssl.SSLContext:
        """For a server.  Raises TlsError."""
        _check_key(self.key)
        _check_dates(self.chain, time.time())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.load_into(context)
        return context

    def load_into(self, context: ssl.SSLContext) -> None:
        """Raises TlsError."""
        try:
            # a key with a password would make OpenSSL ask the terminal for it
            context.load_cert_chain(self.chain, self.key, password=_no_password)
        except ssl.SSLError as error:
            if error.reason == "KEY_VALUES_MISMATCH":
                raise TlsError(
                    f"the key {self.key} does not fit the certificate {self.chain}: {_ONE_OF_OURS}"
                ) from error
            raise TlsError(f"{self.key} is no key in PEM: {_ONE_OF_OURS}") from error
        except OSError as error:
            raise TlsError(f"cannot read {self.key}: {error.strerror}; {_ONE_OF_OURS}") from error


class RenewedCertificate:
    """A context that serves the certificate that is there now; connections keep theirs."""

    def __init__(self, certificate: Certificate, clock: Callable[[], float] = time.time) -> None:
        """Raises TlsError."""
        self._certificate = certificate
        self._stamps = certificate.stamps
        self._clock = clock
        self._checked_at = clock()
        self._trouble = ""  # why the changed one cannot be used
        self.context = certificate.context()

    def look(self) -> None:
        """Take a changed one.  One that cannot be used is logged, the old one stays, and it is
        tried again at every look: to be given to us, or to come into force, is no change of it.

        Once a day the log hears of one that ends soon, or has ended while it was served.
        """
        stamps = self._certificate.stamps
        if stamps != self._stamps or self._trouble:
            self._stamps = stamps
            self._take()
        if self._clock() - self._checked_at >= DAY_S:
            self._check()

    def _check(self) -> None:
        self._checked_at = self._clock()
        try:
            _check_dates(self._certificate.chain, self._checked_at)
        except TlsError as error:
            log.error("nobody can connect: %s", error)  # noqa: TRY400 - it says all

    def _take(self) -> None:
        try:
            self._certificate.context()  # both files are written one after the other: do they fit?
            self._certificate.load_into(self.context)
        except TlsError as error:
            if str(error) != self._trouble:
                log.warning("the certificate stays as it was: %s", error)
            self._trouble = str(error)
        else:
            self._trouble = ""
            log.info("the certificate %s is renewed", self._certificate.chain)


def _no_password() -> str:
    raise TlsError("the key has a password: give one without, that only its owner can read")


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _check_key(key: Path) -> None:
    try:
        found = key.stat()
    except OSError as error:
        raise TlsError(f"cannot read {key}: {error.strerror}; {_ONE_OF_OURS}") from error
    if stat.S_ISDIR(found.st_mode):  # whose mode is nothing to be advised on
        raise TlsError(f"cannot read {key}: Is a directory; {_ONE_OF_OURS}")
    if is_exposed(found):
        command = f"chmod 600 {shlex.quote(str(key))}"
        raise TlsError(f"the key {key} can be read by other users: run {command}")


def _check_dates(chain: Path, at: float) -> None:
    from cryptography import x509  # noqa: PLC0415 - for TLS alone

    try:
        [own, *_] = x509.load_pem_x509_certificates(chain.read_bytes())
    except OSError as error:
        raise TlsError(f"cannot read {chain}: {error.strerror}; {_ONE_OF_OURS}") from error
    except ValueError as error:
        raise TlsError(f"{chain} is no certificate in PEM: {_ONE_OF_OURS}") from error
    now = datetime.datetime.fromtimestamp(at, datetime.UTC)
    if now > own.not_valid_after_utc:
        raise TlsError(
            f"the certificate {chain} expired on {own.not_valid_after_utc:%Y-%m-%d}: renew it"
        )
    if now < own.not_valid_before_utc:
        raise TlsError(
            f"the certificate {chain} is not valid before {own.not_valid_before_utc:%Y-%m-%d %H:%M}"
            " UTC: wait, or set this machine's clock"
        )
    if own.not_valid_after_utc - now < datetime.timedelta(days=WARN_DAYS):
        log.warning("the certificate %s expires on %s", chain, own.not_valid_after_utc.date())

"""How an engine lets people in: by its endpoint, its store of tokens and its certificate."""

import logging
import shlex
from pathlib import Path

from attrs import field, frozen

from diffgem_engine.access.authentication import (
    Authenticator,
    BearerTokens,
    Everyone,
    OnceThereAreTokens,
)
from diffgem_engine.access.store import StoreError, TokenStore, default_store, store_at
from diffgem_engine.access.tls import Certificate, RenewedCertificate, TlsError
from diffgem_engine.endpoint import Endpoint, EndpointError, TlsEndpoint, UnixEndpoint

log = logging.getLogger(__name__)


@frozen
class Entrance:
    """Without a certificate there is no TLS."""

    authenticator: Authenticator = field(factory=Everyone)
    certificate: RenewedCertificate | None = None


def entrance_for(
    endpoint: Endpoint, tokens: Path | None, certificate: Certificate | None
) -> Entrance:
    """Raises EndpointError, which says what is missing and how to come by it.

    On loopback every user of the machine can connect: once somebody made a token there, or names
    a store, nobody is let in without one, and taking back the last token does not change that.
    """
    if isinstance(endpoint, UnixEndpoint):
        if tokens is not None:
            raise EndpointError("--tokens is for tcp:// and tls://: a unix socket is yours alone")
        return Entrance()
    try:
        store = store_at(tokens or default_store())
        if not isinstance(endpoint, TlsEndpoint):
            return Entrance(_told(store) if tokens else OnceThereAreTokens(store))
        return Entrance(_tokens_of(store, tokens is not None), RenewedCertificate(_of(certificate)))
    except (StoreError, TlsError) as error:
        raise EndpointError(str(error)) from error


def _told(store: TokenStore) -> BearerTokens:
    """Tokens may come later; a name that was mistyped looks like tokens that are all wrong."""
    found = BearerTokens(store)
    if not found.usable:
        log.warning(
            "no token in %s lets anybody in yet: make one with `diffgem-engine token add NAME "
            "--tokens %s`", store.path, shlex.quote(str(store.path)),
        )  # fmt: skip
    return found


def _tokens_of(store: TokenStore, named: bool) -> BearerTokens:
    found = BearerTokens(store)
    if not found.usable:
        where = f" --tokens {shlex.quote(str(store.path))}" if named else ""
        raise EndpointError(
            f"no token in {store.path} lets anybody in: make one with "
            f"`diffgem-engine token add NAME{where}`"
        )
    return found


def _of(certificate: Certificate | None) -> Certificate:
    if certificate is None:
        raise EndpointError(
            "an engine on tls:// needs a certificate: give --tls-cert FILE and --tls-key FILE"
        )
    return certificate

"""Why there is no connection over TCP or TLS, in words that say what to do."""

import asyncio
import contextlib
import socket
import ssl

from websockets.exceptions import InvalidStatus
from websockets.http11 import Response

from diffgem_engine.endpoint import Endpoint, TcpEndpoint, TlsEndpoint
from diffgem_lsp.engine.errors import EngineError, EngineLost, EngineUnavailable

PROBE_S = 5.0
LONGEST_REASON = 400  # characters of what the other side said
# OpenSSL's numbers, which its own words explain to nobody
EXPIRED, NOT_YET_VALID, NAME_MISMATCH, ADDRESS_MISMATCH = 10, 9, 62, 64


def of_status(endpoint: Endpoint, refusal: InvalidStatus, with_token: bool) -> EngineError:
    """The engine's own words, where it refused us by an HTTP status."""
    status, said = refusal.response.status_code, _said(refusal.response)
    if status == 401:
        hint = "then change" if with_token else "put it into a file of yours, and name that by"
        return EngineUnavailable(f"{endpoint}: {said}; {hint} engineTokenFile", permanent=True)
    if status == 429 or status >= 500:
        return EngineLost(f"the engine on {endpoint} takes no connection: {said}")
    return EngineUnavailable(f"no DiffGem engine on {endpoint} for you: {said}", permanent=True)


def _said(response: Response) -> str:
    """A page of HTML is a proxy's, and no words for a status line."""
    body = (response.body or b"").decode("utf-8", "replace")
    reason = " ".join("".join(c if c.isprintable() else " " for c in body).split())
    if reason and "html" not in response.headers.get("Content-Type", ""):
        return reason[:LONGEST_REASON]
    return f"HTTP {response.status_code} {response.reason_phrase}".rstrip()


def of_certificate(endpoint: Endpoint, error: ssl.SSLCertVerificationError) -> EngineUnavailable:
    host = endpoint.host if isinstance(endpoint, TlsEndpoint) else ""
    match error.verify_code:
        case code if code == EXPIRED:
            what = "has expired: ask who runs it to renew it"
        case code if code == NOT_YET_VALID:
            what = "is not valid yet: check the clocks of both machines"
        case code if code in (NAME_MISMATCH, ADDRESS_MISMATCH):
            what = f"is not for {host}: name the engine as its certificate does"
        case _:
            what = (
                f"is of an issuer that this machine does not trust ({error.verify_message}): "
                "get the certificate from who runs the engine, and name it by engineCertificate"
            )
    return EngineUnavailable(f"the certificate of {endpoint} {what}", permanent=True)


def of_tls(endpoint: Endpoint, error: ssl.SSLError) -> EngineError:
    if isinstance(error, ssl.SSLCertVerificationError):
        return of_certificate(endpoint, error)
    if error.reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG"):
        return EngineUnavailable(
            f"what listens on {endpoint} speaks no TLS: have the engine serve with --tls-cert and "
            "--tls-key, or use tcp:// through an SSH tunnel",
            permanent=True,
        )
    why = error.reason or error
    return EngineLost(f"no TLS with {endpoint}: {why}; ask who runs it for TLS 1.2 or newer")


def of_network(endpoint: Endpoint, error: OSError) -> EngineError:
    if isinstance(error, socket.gaierror):
        return EngineUnavailable(
            f"no address is known for the host of {endpoint}: check the name and the network"
        )
    return EngineLost(f"the engine on {endpoint} went away: {error}")


async def speaks_tls(endpoint: Endpoint) -> bool:
    """Asked once plain words got no answer.  What it is is not trusted: nothing is sent."""
    if not isinstance(endpoint, TcpEndpoint):
        return False
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        async with asyncio.timeout(PROBE_S):
            _, writer = await asyncio.open_connection(endpoint.host, endpoint.port, ssl=context)
    except (OSError, TimeoutError):
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True

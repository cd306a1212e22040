"""Where an upstream is, checked before it is believed."""

import os
import shlex
from pathlib import Path

import httpx

from diffgem_engine.backends.openai.names import UPSTREAM, Names
from diffgem_engine.secrecy.exposed import is_exposed

LONGEST_FILE = 64 * 1024  # bytes; a key is a line


class AddressError(ValueError):
    """An address or a key that cannot be used; the message names the fix."""


def checked_url(text: str, names: Names = UPSTREAM) -> str:
    """Without a slash or the API's own /v1 at its end.  Raises AddressError."""
    option = names.url
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError) as error:
        raise AddressError(
            f"{option} {text!r} is no address ({error}); give http://HOST:PORT"
        ) from None
    if url.userinfo:
        raise AddressError(
            f"{option} must have no password in it; put the key into {names.key_file}"
        )
    if url.scheme not in ("http", "https") or not url.host:
        raise AddressError(f"{option} {text!r} is no address; give http://HOST:PORT")
    if url.port is not None and not 0 < url.port <= 65535:
        raise AddressError(
            f"{option} {text!r} has a port that is not 1..65535; give http://HOST:PORT"
        )
    if url.query or url.fragment:
        raise AddressError(f"{option} {text!r} has more than a path; give http://HOST:PORT")
    return str(url).rstrip("/").removesuffix("/v1").rstrip("/")


def read_key(path: Path, names: Names = UPSTREAM) -> str:
    """The one line of the file: it never comes from a command line, which others can list.

    Raises AddressError.
    """
    option = names.key_file
    try:
        with path.open("rb") as file:
            found, text = os.fstat(file.fileno()), file.read(LONGEST_FILE)
        key = text.decode("ascii").strip()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not ASCII"
        raise AddressError(
            f"{option} {path} cannot be read ({why}); give a file with the key in one line"
        ) from error
    if is_exposed(found):
        command = f"chmod 600 {shlex.quote(str(path))}"
        raise AddressError(f"{option} {path} can be read by other users: run {command}")
    if not key or any(not "!" <= letter <= "~" for letter in key):
        raise AddressError(f"{option} {path} must hold one line: the key, and no spaces")
    return key

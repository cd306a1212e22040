"""Where an upstream is, checked before it is believed."""

from pathlib import Path

import httpx


class AddressError(ValueError):
    """An address or a key that cannot be used; the message names the fix."""


def checked_url(text: str) -> str:
    """Without a slash or the API's own /v1 at its end."""
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError) as error:
        raise AddressError(
            f"--url {text!r} is no address ({error}); give http://HOST:PORT"
        ) from None
    if url.userinfo:
        raise AddressError(
            "--url must have no password in it; put the key into --upstream-key-file"
        )
    if url.scheme not in ("http", "https") or not url.host:
        raise AddressError(f"--url {text!r} is no address; give http://HOST:PORT")
    if url.query or url.fragment:
        raise AddressError(f"--url {text!r} has more than a path; give http://HOST:PORT")
    return str(url).rstrip("/").removesuffix("/v1").rstrip("/")


def read_key(path: Path) -> str:
    """The one line of the file: it never comes from a command line, which others can list."""
    try:
        key = path.read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        raise AddressError(f"--upstream-key-file {path} cannot be read ({error})") from error
    if not key or any(not "!" <= letter <= "~" for letter in key):
        raise AddressError(f"--upstream-key-file {path} must hold one line: the key, and no spaces")
    return key

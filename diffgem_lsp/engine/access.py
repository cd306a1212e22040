"""With what this user comes to an engine over TCP: a token, and whose certificates to trust.

What is kept here are the names of files: a token is read when it is sent, and never shown.
"""

import os
import re
import shlex
import ssl
import stat
from collections.abc import Mapping
from pathlib import Path

from attrs import frozen

from diffgem_lsp.engine.errors import EngineUnavailable

TOKEN = "DIFFGEM_TOKEN"
LONGEST_FILE = 4_096  # bytes
_TOKEN = re.compile(r"[!-~]{1,512}")


@frozen
class Access:
    """`certificate`: of an authority, or the engine's own; None trusts what the system trusts."""

    token_file: Path | None = None
    certificate: Path | None = None

    def headers(self, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
        """Raises EngineUnavailable, for good."""
        token = self._token(environ)
        return {"Authorization": f"Bearer {token}"} if token else {}

    def context(self) -> ssl.SSLContext:
        """Raises EngineUnavailable, for good."""
        try:
            context = ssl.create_default_context(cafile=self.certificate)
        except (OSError, ValueError) as error:
            raise EngineUnavailable(
                f"cannot use the certificate {self.certificate}: {_why(error)}; give a file in "
                "PEM as engineCertificate",
                permanent=True,
            ) from error
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.certificate is not None:
            context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        return context

    def _token(self, environ: Mapping[str, str]) -> str:
        """Empty where there is none."""
        if self.token_file is None:
            source, token = f"the environment's {TOKEN}", environ.get(TOKEN, "").strip()
        else:
            source, token = str(self.token_file), _read(self.token_file)
        if token and not _TOKEN.fullmatch(token):
            raise EngineUnavailable(
                f"{source} holds no token: put in one word, which begins with dg_", permanent=True
            )
        return token


BY_ENVIRONMENT = Access()


def access_of(token_file: str | None, certificate: str | None) -> Access:
    """Of what the user wrote."""
    return Access(_path(token_file), _path(certificate))


def _path(text: str | None) -> Path | None:
    if text is None:
        return None
    try:
        return Path(text).expanduser().absolute()
    except RuntimeError:  # ~nobody
        return Path(text).absolute()


def _read(path: Path) -> str:
    """Raises EngineUnavailable for a file that others can read, too: it is as good as a key."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            text = file.read(LONGEST_FILE)
    except OSError as error:
        raise EngineUnavailable(
            f"cannot read the token: {_why(error)} ({path}); correct engineTokenFile",
            permanent=True,
        ) from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise EngineUnavailable(
            f"other users can read the token in {path}: run chmod 600 {shlex.quote(str(path))}",
            permanent=True,
        )
    token = text.decode("ascii", "replace").strip()
    if not token:
        raise EngineUnavailable(f"{path} is empty: put the token into it", permanent=True)
    return token


def _why(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)

"""What the user is told, and each thing once: what pops up at every key is worse than silence."""

from lsprotocol.types import LogMessageParams, MessageType, ShowMessageParams
from pygls.lsp.server import LanguageServer

from diffgem_lsp.engine import models

_OUTAGE = "outage"


class Notices:
    """To one client."""

    def __init__(self, server: LanguageServer) -> None:
        self._server = server
        self._told: set[str] = set()  # an outage, a model, the documents' URIs

    def warn(self, message: str) -> None:
        self._show(message, MessageType.Warning)

    def error(self, message: str) -> None:
        self._show(message, MessageType.Error)

    def outage(self, message: str) -> None:
        """However often it fails again until it is over."""
        if self._is_new(_OUTAGE):
            self.error(message)

    def outage_over(self) -> None:
        self._told.discard(_OUTAGE)

    def model(self, wanted: str | None, running: str) -> None:
        """`wanted` has no effect on an engine that runs already."""
        complaint = models.complaint(wanted, running)
        if complaint and self._is_new(complaint):
            self.warn(complaint)

    def lost(self, uri: str) -> None:
        self.warn(f"a change of {uri} was lost, and nothing is completed there: reopen the file")

    def unsuitable(self, uri: str, reason: str) -> None:
        """In the editor's log only: the user did not do anything wrong."""
        if self._is_new(uri):
            message = f"DiffGem: nothing is completed in {uri}: {reason}"
            self._server.window_log_message(LogMessageParams(MessageType.Info, message))

    def renew(self, uri: str) -> None:
        """The document is another one from now on."""
        self._told.discard(uri)

    def _show(self, message: str, kind: MessageType) -> None:
        self._server.window_show_message(ShowMessageParams(kind, f"DiffGem: {message}"))

    def _is_new(self, key: str) -> bool:
        if key in self._told:
            return False
        self._told.add(key)
        return True

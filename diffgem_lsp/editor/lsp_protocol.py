"""The language server protocol over our documents."""

from collections import deque
from collections.abc import Generator
from typing import Any

from cattrs import Converter
from lsprotocol import types
from pygls.exceptions import (
    JsonRpcException,
    JsonRpcInvalidRequest,
    JsonRpcServerNotInitialized,
)
from pygls.lsp.server import LanguageServer
from pygls.protocol import lsp_method

from diffgem_lsp.documents import DocumentStore
from diffgem_lsp.editor.json_rpc import AnsweringProtocol
from diffgem_lsp.text.positions import UTF16


class DiffGemProtocol(AnsweringProtocol):
    """Document notifications go to `documents`; pygls' own workspace holds no text.

    The overrides are plain functions: pygls keeps a future for every generator that handles a
    notification, and never lets go of it.
    """

    def __init__(self, server: LanguageServer, converter: Converter) -> None:
        self.documents = DocumentStore()
        self._initialized = False
        self._goodbye: str | int | None = None  # the id of the shutdown
        self.initialization_options: object = None
        super().__init__(server, converter)

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(
        self, params: types.InitializeParams
    ) -> Generator[Any, Any, types.InitializeResult]:
        self._initialized = True
        self.initialization_options = params.initialization_options
        _prefer_whole_characters(params.capabilities)
        result = yield from super().lsp_initialize(params)
        self.documents.encoding = result.capabilities.position_encoding or UTF16
        return result

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: types.DidOpenTextDocumentParams) -> None:
        self.documents.open(params.text_document)
        self._call_user_handler(types.TEXT_DOCUMENT_DID_OPEN, params)

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> None:
        self.documents.change(params.text_document, params.content_changes)
        self._call_user_handler(types.TEXT_DOCUMENT_DID_CHANGE, params)

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: types.DidCloseTextDocumentParams) -> None:
        self.documents.close(params.text_document.uri)
        self._call_user_handler(types.TEXT_DOCUMENT_DID_CLOSE, params)

    @lsp_method(types.EXIT)
    def lsp_exit(self, *_: object) -> Any:
        """Not before the shutdown is answered: a client may say both in one breath."""
        answer = None if self._goodbye is None else self._request_futures.get(self._goodbye)
        if answer is None or answer.done():
            self._exit()
        else:
            answer.add_done_callback(lambda _: self._exit())

    def _exit(self) -> None:
        deque(super().lsp_exit(), maxlen=0)

    def _call_user_handler(self, method: str, params: object) -> None:
        handler = self.fm.features.get(method)
        if handler is not None:
            handler(params)

    @property
    def leaving(self) -> bool:
        return self._goodbye is not None

    def unparsed(self, method: object, data: dict[str, Any]) -> None:
        """Never edit a text half."""
        if method in (types.TEXT_DOCUMENT_DID_OPEN, types.TEXT_DOCUMENT_DID_CHANGE):
            match data:
                case {"params": {"textDocument": {"uri": str(uri)}}}:
                    self.documents.distrust(uri)

    def unread(self, body: bytes) -> None:
        """Whose text it was about cannot be known."""
        if b"textDocument/did" in body:
            self.documents.distrust_all()

    def refusal(self, message: Any) -> JsonRpcException | None:
        method = getattr(message, "method", None)
        if method == types.INITIALIZE and self._initialized:
            return JsonRpcInvalidRequest("the server is initialized already")
        if method is None or method in (types.INITIALIZE, types.EXIT):
            return None
        if not self._initialized:
            return JsonRpcServerNotInitialized()
        if self.leaving:
            return JsonRpcInvalidRequest("the server is shutting down")
        if method == types.SHUTDOWN:
            self._goodbye = message.id
        return None


def _prefer_whole_characters(capabilities: types.ClientCapabilities) -> None:
    """Of the encodings that the client offers, put utf-16, which splits characters, last."""
    general = capabilities.general
    if general is not None and general.position_encodings:
        general.position_encodings = sorted(
            general.position_encodings, key=lambda encoding: encoding == UTF16
        )

"""pygls' protocol over our documents; what does not parse gets an answer too."""

import logging
from collections.abc import Generator
from typing import Any

from cattrs import BaseValidationError, Converter, transform_error
from lsprotocol import types
from pygls.exceptions import (
    JsonRpcException,
    JsonRpcInvalidParams,
    JsonRpcInvalidRequest,
    JsonRpcServerNotInitialized,
)
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol, lsp_method

from diffgem_lsp.documents import DocumentStore
from diffgem_lsp.positions import UTF16

logger = logging.getLogger(__name__)

_DROPPED = object()  # stands for a message that was dealt with when it was read


class DiffGemProtocol(LanguageServerProtocol):
    """Document notifications go to `documents`; pygls' own workspace holds no text.

    The overrides are plain functions: pygls keeps a future for every generator that handles a
    notification, and never lets go of it.
    """

    def __init__(self, server: LanguageServer, converter: Converter) -> None:
        self.documents = DocumentStore()
        self._initialized = False
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

    def structure_message(self, data: dict[str, Any]) -> Any:
        """`data` as a message; it is also called for every object within a message.

        What does not parse is answered here, and becomes a message that nobody handles.
        """
        if "jsonrpc" not in data or not ("method" in data or "id" in data):
            return data
        try:
            return super().structure_message(self._complete(data))
        except (JsonRpcException, TypeError) as error:
            self._reject(data, error)
            return _DROPPED

    def handle_message(self, message: Any) -> None:
        if message is _DROPPED:
            return
        if not hasattr(message, "jsonrpc"):
            logger.error("not a message: %.200r", message)
            return
        refusal = self._refusal(message)
        if refusal is None:
            super().handle_message(message)
        elif hasattr(message, "id"):
            self._send_response(message.id, error=refusal.to_response_error())

    def _call_user_handler(self, method: str, params: object) -> None:
        handler = self.fm.features.get(method)
        if handler is not None:
            handler(params)

    def _complete(self, data: dict[str, Any]) -> dict[str, Any]:
        """Params may be left out, which pygls takes only where it knows the method."""
        method = data.get("method")
        if method is None or self.get_message_type(method) is not None:
            return data
        return {"params": None, **data}

    def _reject(self, data: dict[str, Any], error: Exception) -> None:
        """Answer a request, end the wait for a response, and never edit a text half."""
        reason = _reason(error)
        if "method" not in data:
            failure = types.ResponseError(JsonRpcInvalidRequest.CODE, f"bad response: {reason}")
            self._handle_response(data["id"], error=failure)
        elif "id" in data:
            refusal = JsonRpcInvalidParams.of(reason)
            self._send_response(data["id"], error=refusal.to_response_error())
        elif data["method"] in (types.TEXT_DOCUMENT_DID_OPEN, types.TEXT_DOCUMENT_DID_CHANGE):
            self._distrust(data)

    def _distrust(self, data: dict[str, Any]) -> None:
        match data:
            case {"params": {"textDocument": {"uri": str(uri)}}}:
                self.documents.distrust(uri)

    def _refusal(self, message: Any) -> JsonRpcException | None:
        method = getattr(message, "method", None)
        if method is None or method in (types.INITIALIZE, types.EXIT):
            return None
        if not self._initialized:
            return JsonRpcServerNotInitialized()
        return JsonRpcInvalidRequest("the server is shutting down") if self._shutdown else None


def _reason(error: Exception) -> str:
    cause = error.__cause__ or error
    if isinstance(cause, BaseValidationError):
        return "; ".join(transform_error(cause, path="message"))
    return str(cause)


def _prefer_whole_characters(capabilities: types.ClientCapabilities) -> None:
    """Of the encodings that the client offers, put utf-16, which splits characters, last."""
    general = capabilities.general
    if general is not None and general.position_encodings:
        general.position_encodings = sorted(
            general.position_encodings, key=lambda encoding: encoding == UTF16
        )

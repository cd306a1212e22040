"""JSON-RPC as pygls has it, but that whatever does not parse gets an answer and one log line."""

import json
import logging
from typing import Any

from cattrs import BaseValidationError, transform_error
from lsprotocol import types
from pygls.exceptions import (
    JsonRpcException,
    JsonRpcInvalidParams,
    JsonRpcInvalidRequest,
    JsonRpcParseError,
)
from pygls.protocol import LanguageServerProtocol
from pygls.protocol.json_rpc import (
    JsonRPCNotification,
    JsonRPCRequestMessage,
    JsonRPCResponseMessage,
)

from diffgem_lsp import tracing

log = logging.getLogger(__name__)

_MOST_DIGITS = 4_000  # Python refuses to read, or to print, whole numbers that are longer


class AnsweringProtocol(LanguageServerProtocol):
    """Bodies come in by `receive`."""

    def receive(self, body: bytes) -> None:
        """Handle one message."""
        try:
            data, fault = _read(body)
        except (ValueError, RecursionError) as error:
            self._refuse(None, JsonRpcParseError.of(error))
            self.unread(body)
            return
        if not _is_message(data):
            log.warning("not a message: %s of %d bytes", type(data).__name__, len(body))
        elif not _is_id(data.get("id", 0)):
            self._refuse(None, JsonRpcInvalidRequest("an id must be a whole number or a text"))
            self.unparsed(data.get("method"), data)
        elif not isinstance(data.get("method", ""), str):
            self._refuse(data.get("id"), JsonRpcInvalidRequest("a method must be a text"))
        elif fault or data.get("jsonrpc") != self.VERSION:
            self._reject(data, fault or f"jsonrpc must be {self.VERSION}")
        else:
            self._receive(data)

    def _receive(self, data: dict[str, Any]) -> None:
        try:
            message = self.structure_message(data)
        except Exception as error:
            self._reject(data, _reason(error))
        else:
            self.handle_message(message)

    def structure_message(self, data: dict[str, Any]) -> Any:
        """Raises what cattrs raises."""
        if "method" in data:
            other = JsonRPCRequestMessage if "id" in data else JsonRPCNotification
            kind = self.get_message_type(data["method"])
            # params may be left out, which pygls takes only where it knows the method
            given = data if kind is not None else {"params": None, **data}
            return self._converter.structure(given, kind or other)
        if "error" in data:
            return self._converter.structure(data, types.ResponseErrorMessage)
        kind = self._result_types.pop(data["id"], None)
        return self._converter.structure(data, kind or JsonRPCResponseMessage)

    def handle_message(self, message: Any) -> None:
        refusal = self.refusal(message)
        if refusal is None:
            with tracing.named():
                super().handle_message(message)
        elif hasattr(message, "id"):
            self._refuse(message.id, refusal)

    def refusal(self, message: Any) -> JsonRpcException | None:
        """Why a message is not handled at this time."""
        return None

    def unparsed(self, method: object, data: dict[str, Any]) -> None:
        """A notification that does not parse, and so was not handled."""

    def unread(self, body: bytes) -> None:
        """A body that is no JSON, and so was not handled."""

    def _reject(self, data: dict[str, Any], reason: str) -> None:
        """Answer a request, end the wait for a response."""
        if "method" not in data:
            failure = types.ResponseError(JsonRpcInvalidRequest.CODE, f"bad response: {reason}")
            self._handle_response(data["id"], error=failure)
        elif "id" in data:
            self._refuse(data["id"], JsonRpcInvalidParams.of(reason))
        else:
            log.warning("%s does not parse: %s", data["method"], reason)
            self.unparsed(data["method"], data)

    def _send_handler_result(self, future: Any, *, msg_id: str | int) -> None:
        """Also a refusal, which pygls logs as if it were a crash."""
        error = None if future.cancelled() else future.exception()
        if isinstance(error, JsonRpcException):
            self._request_futures.pop(msg_id, None)
            self._refuse(msg_id, error)
        else:
            super()._send_handler_result(future, msg_id=msg_id)

    def _execute_handler(self, msg_id: str | int, *args: Any, **options: Any) -> None:
        """What one handler asks of another has a future too, which pygls never lets go of."""
        super()._execute_handler(msg_id, *args, **options)
        future = self._request_futures.get(msg_id)
        if future is not None:
            future.add_done_callback(lambda done: self._forget(msg_id, done))

    def _forget(self, msg_id: str | int, done: object) -> None:
        """By now another request may have the id."""
        if self._request_futures.get(msg_id) is done:
            del self._request_futures[msg_id]

    def _refuse(self, msg_id: str | int | None, error: JsonRpcException) -> None:
        log.warning("refused: %s", error)
        # pygls leaves an id that is null out
        body = {"code": error.code, "message": error.message}
        self._send_data({"jsonrpc": self.VERSION, "id": msg_id, "error": body})


def _read(body: bytes) -> tuple[Any, str]:
    """The body's JSON, and what is wrong with it.  Raises ValueError, RecursionError."""
    try:
        return json.loads(body, parse_int=_whole), ""
    except UnicodeDecodeError as error:  # who sent it, and about what, can be read all the same
        text = body.decode("utf-8", "replace")
        return json.loads(text, parse_int=_whole), f"not in UTF-8: {error.reason}"


def _is_message(data: Any) -> bool:
    if not isinstance(data, dict):
        return False
    # no answer to an answer: two peers could go on like that for ever
    return "method" in data or _is_id(data.get("id"))


def _is_id(value: object) -> bool:
    return type(value) in (str, int)


def _whole(digits: str) -> int | float:
    """A number of absurd length as infinity, which nothing of ours takes for a whole number."""
    return int(digits) if len(digits) <= _MOST_DIGITS else float(digits)


def _reason(error: Exception) -> str:
    if isinstance(error, BaseValidationError):
        return "; ".join(transform_error(error, path="message"))
    return str(error)

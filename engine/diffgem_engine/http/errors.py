"""Refusals as OpenAI's clients read them."""

import logging
import math
from typing import Any

from attrs import frozen
from starlette.responses import JSONResponse

from diffgem_engine.backends import RequestError, failed_here
from diffgem_engine.http.asked import REQUEST_ID
from diffgem_engine.http.fields import BadField

log = logging.getLogger(__name__)

STATUS = {
    "bad-request": (400, "invalid_request_error"),
    "bad-framing": (400, "invalid_request_error"),
    "bad-message": (400, "invalid_request_error"),
    "unauthorized": (401, "authentication_error"),
    "forbidden": (403, "permission_error"),
    "not-found": (404, "invalid_request_error"),
    "too-slow": (408, "invalid_request_error"),
    "too-large": (413, "invalid_request_error"),
    "rate-limited": (429, "rate_limit_error"),
    "cancelled": (499, "cancelled"),
    "overloaded": (503, "server_error"),
    "draining": (503, "server_error"),
    "unavailable": (503, "server_error"),
    "out-of-time": (504, "server_error"),
}
INTERNAL = (500, "server_error")
# The rest of the body is not read, so no request can follow.
UNREAD = ("too-large", "too-slow", "bad-framing")


@frozen
class Asking:
    """Who asks, as the log knows them; `user` is empty for who is not known yet."""

    trace: str
    user: str = ""

    @property
    def logged(self) -> dict[str, object]:
        """With `request` in it a line quotes no exception, whose words may be those of a prompt."""
        return {"request": REQUEST_ID, "trace": self.trace, "user": self.user}


def said(error: BaseException, asking: Asking) -> RequestError:
    """In the client's words; what went wrong here is in the log, once."""
    if isinstance(error, RequestError):
        return error
    log.error("a request failed", exc_info=error, extra=asking.logged)
    return failed_here(error)


def body_of(error: RequestError) -> dict[str, Any]:
    _, kind = STATUS.get(error.code, INTERNAL)
    param = error.param if isinstance(error, BadField) else None
    return {
        "error": {
            "message": error.message,
            "type": kind,
            "param": param or None,
            "code": error.code,
        }
    }


def response(error: RequestError, trace: str) -> JSONResponse:
    status, _ = STATUS.get(error.code, INTERNAL)
    headers = {"X-Request-Id": trace}
    if error.retry_after_s is not None:
        headers["Retry-After"] = str(max(1, math.ceil(error.retry_after_s)))
    if error.code in UNREAD:
        headers["Connection"] = "close"
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(body_of(error), status, headers)

"""A `Failure`, as it is raised on its way to the client."""


class RequestError(Exception):
    """A request that cannot be done, and why: as `Failure` says it."""

    def __init__(self, code: str, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry_after_s = retry_after_s


def failed_here(error: BaseException) -> RequestError:
    """Its own words may quote what the user wrote, and are for the log of who runs the engine."""
    what = type(error).__name__
    return RequestError("internal", f"the engine failed at this request ({what}): see its log")


def draining() -> RequestError:
    """What a request hears that comes, or still waits, while the engine ends."""
    return RequestError("draining", "the engine is shutting down")

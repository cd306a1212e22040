"""What denoises: behind one Protocol, so that the server knows no model."""

from diffgem_engine.backends.base import Backend, ProgressSink, RequestError, failed_here

__all__ = ["Backend", "ProgressSink", "RequestError", "failed_here"]

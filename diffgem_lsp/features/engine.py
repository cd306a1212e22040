"""Commands about the engine."""

from diffgem_lsp.session import DiffGemServer

RETRY_ENGINE = "diffgem.retryEngine"


def register(server: DiffGemServer) -> None:
    server.command(RETRY_ENGINE)(retry_engine)


def retry_engine(server: DiffGemServer, *_: object) -> None:
    server.notices.outage_over()  # who asks for it wants to hear what comes of it
    if server.engine is not None:
        server.engine.retry()

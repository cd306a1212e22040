"""Engines over TCP and TLS in the test's own loop, with a store of tokens."""

import asyncio
import contextlib
import secrets
import time

from certificates import write_certificate
from fakes import FakeBackend

from diffgem_engine.access.entrance import entrance_for
from diffgem_engine.access.store import TokenStore
from diffgem_engine.access.tls import Certificate
from diffgem_engine.access.tokens import Entry, digest_of, new_token
from diffgem_engine.endpoint import parse_endpoint
from diffgem_engine.process.server import EngineServer
from diffgem_engine.process.sockets import claimed
from diffgem_lsp.engine.access import Access
from diffgem_lsp.engine.client import EngineClient
from diffgem_lsp.engine.timing import Timing


def give(store, name="anna", **fields):
    """A token in the store; itself."""
    token = new_token()
    now = time.time()
    store.add(Entry(secrets.token_hex(4), name, digest_of(token), now, **fields))
    return token


def private_store(folder):
    """In a folder of its own."""
    return TokenStore(folder / "private" / "tokens.json")


class Guarded:
    """An engine, its store, and who comes to it."""

    def __init__(self, folder, store, server, certificate):
        self.folder = folder
        self.store = store
        self.server = server
        self.certificate = certificate
        self.endpoint = server.endpoint

    def token_file(self, token):
        path = self.folder / f"token-{secrets.token_hex(4)}"
        path.touch(0o600)
        path.write_text(token + "\n")
        return path

    def client(self, token=None, endpoint=None, certificate="own", **fields):
        token_file = None if token is None else self.token_file(token)
        own = self.certificate.chain if self.certificate else None
        access = Access(token_file, own if certificate == "own" else certificate)
        return EngineClient(
            endpoint or self.endpoint, access=access, **{"timing": Timing(attempts=1), **fields}
        )


@contextlib.asynccontextmanager
async def guarded(folder, scheme="tls", host="127.0.0.1", backend=None, **certified):
    """With one token in its store already, of nobody that a test knows."""
    store = private_store(folder)
    give(store, "first")
    certificate = write_certificate(folder, **certified) if scheme == "tls" else None
    chosen = Certificate(certificate.chain, certificate.key) if certificate else None
    endpoint = parse_endpoint(f"{scheme}://{host}:0")
    entrance = entrance_for(endpoint, store.path, chosen)
    with claimed(endpoint) as claim:
        server = EngineServer(backend or FakeBackend(), claim, entrance=entrance)
        running = asyncio.create_task(server.run())
        await server.ready.wait()
        try:
            yield Guarded(folder, store, server, certificate)
        finally:
            server.stop()
            server.stop()
            async with asyncio.timeout(20):
                await running

"""Certificates that are renewed in several steps, and signals at the wrong time."""

import asyncio
import shutil
import signal
import sys
from pathlib import Path

from certificates import write_certificate
from entrances import give, private_store

from diffgem_engine.access import tls
from diffgem_engine.access.tls import Certificate, RenewedCertificate

LOADING = """
import signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from fakes import FakeBackend
from diffgem_engine.access.entrance import entrance_for
from diffgem_engine.endpoint import parse_endpoint
from diffgem_engine.process.server import serve
from diffgem_engine.access.tls import Certificate
store, chain, key = map(Path, sys.argv[2:])
endpoint = parse_endpoint("tls://127.0.0.1:0")
def load():
    signal.raise_signal(signal.SIGHUP)
    return FakeBackend()
sys.exit(serve(load, endpoint, 0.0, entrance_for(endpoint, store, Certificate(chain, key))))
"""


def told(caplog):
    return [each.getMessage() for each in caplog.records if each.name == tls.__name__]


def test_a_renewed_key_that_is_ours_only_later_is_taken_then(tmp_path, caplog):
    """A hook copies as root, then gives the key away: the old certificate was served until it had
    expired, since neither changes the file."""
    made, new = write_certificate(tmp_path), write_certificate(tmp_path, "new")
    served = RenewedCertificate(Certificate(made.chain, made.key))
    shutil.copy(new.chain, made.chain)
    shutil.copy(new.key, made.key)
    made.key.chmod(0o644)
    for _ in range(3):
        served.look()
    made.key.chmod(0o600)
    with caplog.at_level("INFO"):
        served.look()
        served.look()
    kept, taken = told(caplog)
    assert "can be read by other users" in kept
    assert "is renewed" in taken


def test_a_renewed_certificate_that_is_not_valid_yet_is_taken_when_it_is(
    tmp_path, caplog, monkeypatch
):
    """The issuer's clock was a minute ahead: the old certificate was served until it expired."""
    made = write_certificate(tmp_path)
    served = RenewedCertificate(Certificate(made.chain, made.key))
    monkeypatch.setattr(tls, "_check_dates", not_yet)
    shutil.copy(write_certificate(tmp_path, "new").chain, made.chain)
    shutil.copy(tmp_path / "new.key", made.key)
    served.look()
    monkeypatch.undo()
    with caplog.at_level("INFO"):
        served.look()
    assert "is renewed" in told(caplog)[-1]


def not_yet(_chain, _now):
    raise tls.TlsError("it is not valid yet")


async def test_sighup_while_the_model_loads_does_not_end_the_engine(tmp_path):
    """A renewal's hook did, and as systemd takes SIGHUP for a wish, it was not started again."""
    made, store = write_certificate(tmp_path), private_store(tmp_path)
    give(store)
    arguments = [Path(__file__).parents[1], store.path, made.chain, made.key]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", LOADING, *map(str, arguments), stdout=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(60):
            assert b"listens on tls://" in await process.stdout.readline()
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()

"""Certificates that are renewed in several steps, and signals at the wrong time."""

import shutil
import signal

from certificates import write_certificate
from renewals import engine_process

from diffgem_engine.access import tls
from diffgem_engine.access.tls import Certificate, RenewedCertificate


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
    async with engine_process(tmp_path, hook_while_loading=True) as (process, _, _):
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0

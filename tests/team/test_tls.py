"""Certificates of the engine: what is refused at the start, and what renews it."""

import asyncio
import shutil
import signal
import ssl
import time

import pytest
from certificates import write_certificate, write_key
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from entrances import give, guarded, private_store
from renewals import engine_process

from diffgem_engine.__main__ import main
from diffgem_engine.access.tls import WARN_DAYS, Certificate, RenewedCertificate, TlsError
from diffgem_engine.endpoint import EndpointError, TlsEndpoint, parse_endpoint
from diffgem_engine.process import server


def refused(chain, key, pattern):
    with pytest.raises(TlsError, match=pattern) as caught:
        Certificate(chain, key).context()
    assert "\n" not in str(caught.value)


def test_a_good_certificate_serves_nothing_older_than_tls_1_2(tmp_path):
    made = write_certificate(tmp_path)
    context = Certificate(made.chain, made.key).context()
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2


def test_each_fault_has_its_own_sentence(tmp_path):
    """OpenSSL's own words are `PEM lib (_ssl.c:3895)`."""
    good = write_certificate(tmp_path)
    nowhere = tmp_path / "nowhere"
    refused(nowhere, good.key, f"cannot read {nowhere}: No such file.*--tls-cert")
    refused(good.chain, nowhere, f"cannot read {nowhere}: No such file.*--tls-key")
    refused(good.key, good.key, "is no certificate in PEM")
    good.chain.chmod(0o600)
    refused(good.chain, good.chain, "is no key in PEM")
    past = write_certificate(tmp_path, "past", begins=-9, ends=-1)
    refused(past.chain, past.key, r"past.pem expired on \d{4}-\d\d-\d\d: renew it")
    future = write_certificate(tmp_path, "future", begins=1)
    refused(future.chain, future.key, "future.pem is not valid before .* UTC: wait, or")
    other = write_certificate(tmp_path, "other")
    refused(good.chain, other.key, "other.key does not fit the certificate")


def test_a_key_that_others_can_read_is_refused(tmp_path):
    made = write_certificate(tmp_path)
    made.key.chmod(0o640)
    refused(made.chain, made.key, f"can be read by other users: run chmod 600 {made.key}")


def test_a_key_with_a_password_does_not_ask_the_terminal(tmp_path):
    """An engine under systemd waited for ever for an answer."""
    made = write_certificate(tmp_path)
    locked = tmp_path / "locked.key"
    password = serialization.BestAvailableEncryption(b"secret")
    write_key(locked, ec.generate_private_key(ec.SECP256R1()), password)
    refused(made.chain, locked, "the key has a password")


def test_a_certificate_that_ends_soon_is_in_the_log(tmp_path, caplog):
    made = write_certificate(tmp_path, ends=3)
    Certificate(made.chain, made.key).context()
    assert "expires on" in caplog.text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["--host", "0.0.0.0", "--port", "0"],
            "--tls-cert FILE and --tls-key FILE, and make a token",
        ),
        (["--host", "192.168.1.5"], "each user with `diffgem-engine token add NAME`"),
        (["--socket", "tcp://0.0.0.0:0"], "beyond loopback there is TLS with tokens alone"),
        (["--socket", "tls://0.0.0.0:0"], "lets anybody in: make one with `diffgem-engine token"),
        (["--host", "0.0.0.0", "--tls-cert", "CERT"], "--tls-cert FILE and --tls-key FILE go"),
        (["--host", "0.0.0.0", "--tls-key", "KEY"], "--tls-cert FILE and --tls-key FILE go"),
        (
            ["--host", "0.0.0.0", "--tls-cert", "CERT", "--tls-key", "KEY"],
            "lets anybody in: make one with `diffgem-engine token add NAME --tokens",
        ),
        (["--tls-cert", "CERT", "--tls-key", "KEY"], "--tls-cert is for tls://HOST:PORT"),
    ],
)
def test_beyond_loopback_it_does_not_start(tmp_path, monkeypatch, capsys, arguments, words):
    """An engine without TLS, or without tokens, listened to the network."""
    monkeypatch.setattr(server, "serve", lambda *_: pytest.fail("it started"))
    monkeypatch.setenv("DIFFGEM_SOCKET", str(tmp_path / "s"))
    made = write_certificate(tmp_path)
    files = {"CERT": str(made.chain), "KEY": str(made.key)}
    store = ["--tokens", str(private_store(tmp_path).path)]
    assert main(["serve", *(files.get(word, word) for word in arguments), *store]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert words in line


def test_a_bad_certificate_ends_the_start(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(server, "serve", lambda *_: pytest.fail("it started"))
    made = write_certificate(tmp_path, begins=-9, ends=-1)
    store = private_store(tmp_path)
    give(store)
    files = ["--tls-cert", str(made.chain), "--tls-key", str(made.key)]
    assert main(["serve", "--port", "0", *files, "--tokens", str(store.path)]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert "expired on" in line


def test_endpoints_with_tls_are_read_as_they_are_written():
    for text in ("tls://gpu.example:7475", "tls://[::1]:1", "tls://10.0.0.1:65535"):
        assert str(parse_endpoint(text)) == text
    assert parse_endpoint("tls://gpu.example:7475") == TlsEndpoint("gpu.example", 7475)
    for text in ("tls://", "tls://gpu", "tls://a b:1", "tls://gpu:70000", "tls://a/b:1"):
        with pytest.raises(EndpointError):
            parse_endpoint(text)


def renewed(made, folder):
    """Another certificate in its place, as renewals do it."""
    new = write_certificate(folder, "renewed")
    shutil.copy(new.key, made.key)
    shutil.copy(new.chain, made.chain)
    return new.chain.read_text()


async def served_certificate(endpoint):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    _, writer = await asyncio.open_connection("127.0.0.1", endpoint.port, ssl=context)
    found = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    await writer.wait_closed()
    return ssl.DER_cert_to_PEM_cert(found)


async def test_a_renewed_certificate_is_served_without_a_restart(tmp_path, monkeypatch):
    """Every ninety days the engine served an expired one until somebody noticed."""
    monkeypatch.setattr(server, "LOOK_AT_CERTIFICATE_S", 0.02)
    async with guarded(tmp_path) as engine:
        before = engine.certificate.chain.read_text()
        assert await served_certificate(engine.endpoint) == before
        new = renewed(engine.certificate, tmp_path)
        async with asyncio.timeout(20):
            while await served_certificate(engine.endpoint) != new:
                pass


async def test_half_a_renewal_is_not_served(tmp_path, caplog):
    """The new certificate lies there a moment before its key; nobody could connect for as long."""
    async with guarded(tmp_path) as engine:
        made, before = engine.certificate, engine.certificate.chain.read_text()
        new = write_certificate(tmp_path, "new")
        shutil.copy(new.chain, made.chain)
        engine.server.look_at_certificate()
        engine.server.look_at_certificate()
        [record] = [each for each in caplog.records if each.levelname == "WARNING"]
        assert "the certificate stays as it was" in record.getMessage()
        assert await served_certificate(engine.endpoint) == before
        shutil.copy(new.key, made.key)
        engine.server.look_at_certificate()
        assert await served_certificate(engine.endpoint) == new.chain.read_text()


async def test_a_renewal_that_has_expired_is_not_served(tmp_path, caplog):
    """Last year's file was copied over this year's."""
    async with guarded(tmp_path) as engine:
        made, before = engine.certificate, engine.certificate.chain.read_text()
        past = write_certificate(tmp_path, "past", begins=-9, ends=-1)
        shutil.copy(past.key, made.key)
        shutil.copy(past.chain, made.chain)
        for _ in range(3):
            engine.server.look_at_certificate()
        [record] = [each for each in caplog.records if each.levelname == "WARNING"]
        assert "the certificate stays as it was" in record.getMessage()
        assert "expired on" in record.getMessage()
        assert await served_certificate(engine.endpoint) == before


def test_a_certificate_that_ends_while_it_is_served_is_in_the_log_once_a_day(tmp_path, caplog):
    """It was checked at the start alone: editors were refused, and the engine had no word of it."""
    made, now = write_certificate(tmp_path, ends=30.5), [time.time()]
    served = RenewedCertificate(Certificate(made.chain, made.key), lambda: now[0])
    for _ in range(40 * 24):
        now[0] += 3600
        served.look()
    said = [record.getMessage() for record in caplog.records]
    assert sum("expires on" in line for line in said) == WARN_DAYS
    ended = [line for line in said if line.startswith("nobody can connect")]
    assert len(ended) == 10
    assert "expired on" in ended[0]


async def test_sighup_renews_and_sigterm_still_ends(tmp_path):
    """A hook behind the renewal signals the engine; SIGHUP used to end it."""
    async with engine_process(tmp_path) as (process, made, line):
        endpoint = parse_endpoint(line.split()[3])
        assert await served_certificate(endpoint) == made.chain.read_text()
        new = renewed(made, tmp_path)
        process.send_signal(signal.SIGHUP)
        while await served_certificate(endpoint) != new:
            pass
        process.terminate()
        assert await process.wait() == 0

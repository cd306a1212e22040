"""Debian's nginx, as `scripts/e2e-setup nginx` has put it there, with our configuration."""

import asyncio
import contextlib
import os
import socket
from pathlib import Path

import pytest
from attrs import frozen
from certificates import write_certificate
from installed import ROOT, place

OURS = ROOT / "deploy" / "nginx" / "diffgem.conf"
AROUND = """
{user}
daemon off;
pid {folder}/pid;
error_log {folder}/error.log info;
events {{}}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxied;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/diffgem.conf;
}}
"""


@frozen
class Proxy:
    """A running one."""

    port: int
    folder: Path
    certificate: Path

    @property
    def endpoint(self):
        return f"tls://127.0.0.1:{self.port}"

    @property
    def logs(self):
        return "".join((self.folder / name).read_text() for name in ("access.log", "error.log"))


@pytest.fixture
def nginx(tmp_path):
    """Starts one before the engine on a port of loopback."""
    program = place("nginx", "usr", "sbin", "nginx")

    @contextlib.asynccontextmanager
    async def proxying(engine_port):
        folder = tmp_path / "nginx"
        folder.mkdir(exist_ok=True)
        certificate = write_certificate(folder)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.setblocking(False)
            port = listener.getsockname()[1]
            main = _written(folder, certificate, port, engine_port)
            process = await asyncio.create_subprocess_exec(
                *(program, "-p", folder, "-c", main, "-e", folder / "error.log"),
                # nginx takes a listening socket from there, so that no port is chosen beforehand
                env={"NGINX": f"{listener.fileno()};"},
                pass_fds=[listener.fileno()],
            )
            try:
                yield Proxy(port, folder, certificate.chain)
            finally:
                process.terminate()
                await process.wait()

    return proxying


def _written(folder, certificate, port, engine_port):
    """Ours, but for the places and ports."""
    text = OURS.read_text()
    for ours, here in (
        ("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;"),
        ("/etc/diffgem/cert.pem", str(certificate.chain)),
        ("/etc/diffgem/key.pem", str(certificate.key)),
        ("127.0.0.1:7475", f"127.0.0.1:{engine_port}"),
    ):
        assert ours in text
        text = text.replace(ours, here)
    (folder / "diffgem.conf").write_text(text)
    main = folder / "nginx.conf"
    user = "user root;" if os.getuid() == 0 else ""  # the folder is this user's alone
    main.write_text(AROUND.format(folder=folder, user=user))
    return main

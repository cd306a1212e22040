"""Debian's Prometheus, as `scripts/e2e-setup prometheus` has put it there."""

import asyncio
import contextlib
import re
import subprocess

import httpx
import pytest
from installed import place

CONFIG = """
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: diffgem
    static_configs: [{{targets: ["{target}"]}}]
rule_files: ["{rules}"]
"""


@pytest.fixture(scope="session")
def promtool():
    program = place("prometheus", "usr", "bin", "promtool")

    def run(*arguments, text=None):
        command = [str(program), *map(str, arguments)]
        done = subprocess.run(
            command, input=text, capture_output=True, text=True, timeout=60, check=False
        )
        return done.returncode, done.stdout + done.stderr

    return run


@pytest.fixture
def prometheus(tmp_path):
    """Starts one that scrapes `target`; a client for its API."""
    program = place("prometheus", "usr", "bin", "prometheus")

    @contextlib.asynccontextmanager
    async def scraping(target, rules):
        config = tmp_path / "prometheus.yml"
        config.write_text(CONFIG.format(target=target, rules=rules))
        process = await asyncio.create_subprocess_exec(
            str(program),
            f"--config.file={config}",
            f"--storage.tsdb.path={tmp_path / 'data'}",
            "--web.listen-address=127.0.0.1:0",
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(60):
                where = await _listens(process.stderr)
            draining = asyncio.create_task(process.stderr.read())
            async with httpx.AsyncClient(base_url=f"http://{where}", trust_env=False) as client:
                yield client
        finally:
            process.terminate()
            await process.wait()
        await draining

    return scraping


async def _listens(errors):
    said = []
    while line := (await errors.readline()).decode():
        said.append(line)
        if found := re.search(r'"Listening on" address=(\S+)', line):
            return found[1]
    raise AssertionError("".join(said))

"""A real Prometheus scrapes a real engine process, on the embedded model."""

import asyncio
import re
import sys
from pathlib import Path

import httpx
import pytest

from diffgem_engine.endpoint import parse_endpoint
from diffgem_engine.protocol import Hole
from diffgem_lsp.engine.client import EngineClient

ROOT = Path(__file__).parents[3]
RULES = ROOT / "deploy" / "prometheus" / "diffgem.rules.yml"
PATIENCE_S = 60
pytestmark = pytest.mark.editor


@pytest.fixture
async def engine():
    """The endpoint of one that has filled a hole."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "diffgem_engine", "serve", "--port", "0", "--metrics-by-user"),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(PATIENCE_S):
            endpoint = await _announced(process.stdout)
        client = EngineClient(parse_endpoint(endpoint))
        await client.infill("def add(a, b):\n    return ", "\n", (Hole(8),))
        await client.count(["a"])
        yield endpoint.removeprefix("tcp://")
        await client.close()
    finally:
        process.terminate()
        await process.wait()


async def _announced(output):
    while line := (await output.readline()).decode():
        if found := re.search(r"tcp://\S+", line):
            return found[0]
    raise AssertionError("the engine ended before it listened")


async def _page(engine):
    async with httpx.AsyncClient(trust_env=False) as browser:
        return (await browser.get(f"http://{engine}/metrics")).text


async def test_every_series_of_ours_is_scraped(engine, prometheus):
    """Guards a page that Prometheus refuses, or reads in part."""
    page = await _page(engine)
    wanted = set(re.findall(r"^(diffgem_\w+)", page, re.MULTILINE))
    described = set(map(_stem, re.findall(r"^# HELP (diffgem_\w+)", page, re.MULTILINE)))
    assert len(wanted) > 20
    async with prometheus(engine, RULES) as api, asyncio.timeout(PATIENCE_S):
        while not wanted <= set(await _asked(api, "label/__name__/values")):
            pass  # each question waits for its answer; the deadline is above
        known = set(map(_stem, await _asked(api, "metadata")))
        filled = 'diffgem_requests_total{kind="infill",outcome="ok"} > 0'
        [found] = (await _asked(api, "query", query=filled))["result"]
        groups = (await _asked(api, "rules"))["groups"]
    assert described <= known
    assert found["metric"]["job"] == "diffgem"
    assert float(found["value"][1]) == 1
    assert [group["name"] for group in groups] == ["diffgem"]
    assert all(rule["health"] in ("ok", "unknown") for rule in groups[0]["rules"])


def _stem(family):
    """OpenMetrics, which Prometheus asks for, leaves these out where it describes."""
    return family.removesuffix("_total").removesuffix("_info")


async def _asked(api, path, **params):
    answer = (await api.get(f"/api/v1/{path}", params=params)).json()
    assert answer["status"] == "success", answer
    return answer["data"]


async def test_promtool_has_nothing_to_say(engine, promtool):
    """Of names, units, help texts and types."""
    ours = [
        line for line in (await _page(engine)).splitlines() if re.match(r"(# \w+ )?diffgem_", line)
    ]
    page = "\n".join(ours) + "\n"
    assert await asyncio.to_thread(promtool, "check", "metrics", text=page) == (0, "")


async def test_promtool_takes_rules_and_example(promtool, tmp_path):
    code, said = await asyncio.to_thread(promtool, "check", "rules", RULES)
    assert code == 0, said
    code, said = await asyncio.to_thread(
        promtool, "check", "config", "--syntax-only", RULES.with_name("prometheus.yml")
    )
    assert code == 0, said


def test_rules_are_about_series_that_exist():
    """An alert on a series that was renamed never fires, and nobody notices."""
    listed = set(re.findall(r"`(diffgem_\w+)`", (ROOT / "docs" / "operations.md").read_text()))
    used = set(re.findall(r"(diffgem_\w+?)(?:_bucket)?[\[{]", RULES.read_text()))
    assert used
    assert used <= listed

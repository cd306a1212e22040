"""What an engine's pages say, as those see it who run it."""

import contextlib

import httpx
from prometheus_client.parser import text_string_to_metric_families


@contextlib.asynccontextmanager
async def http(path):
    transport = httpx.AsyncHTTPTransport(uds=str(path))
    async with httpx.AsyncClient(transport=transport, base_url="http://engine") as client:
        yield client


async def scraped(path):
    """Name and labels of every series, with its value."""
    async with http(path) as browser:
        page = await browser.get("/metrics")
    assert page.status_code == 200, page.text
    return values(page.text)


def values(text):
    samples = (s for family in text_string_to_metric_families(text) for s in family.samples)
    return {(s.name, *sorted(s.labels.values())): s.value for s in samples}


def families(text):
    """Every family's name, as the page's HELP has it."""
    lines = [line.split() for line in text.splitlines()]
    return {words[2] for words in lines if words[:2] == ["#", "HELP"]}

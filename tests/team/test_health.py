"""/health and /ready, as load balancers and systemd ask them."""

import httpx
import pytest
from entrances import give, guarded
from fakes import FakeBackend, ask, greeted_client, say
from pages import http
from running import serving


async def test_ready_while_it_can_fill(engine):
    async with http(engine.path) as browser:
        page = await browser.get("/ready")
    assert (page.status_code, page.json()) == (200, {"ready": True, "reason": ""})


async def test_not_ready_while_it_drains_yet_healthy(engine):
    """A balancer went on sending editors to an engine that was on its way out."""
    async with greeted_client(engine.path) as client, http(engine.path) as browser:
        await browser.get("/ready")  # a listener that drains takes no new connection
        await say(client, ask(1, "wait"))
        await engine.backend.started.get()
        engine.server.stop()
        page = await browser.get("/ready")
        assert (page.status_code, page.json()["reason"]) == (503, "the engine is shutting down")
        assert (await browser.get("/health")).status_code == 200
        engine.backend.release.set()


async def test_broken_is_neither_ready_nor_healthy(engine):
    async with http(engine.path) as browser:
        engine.backend.broken = True
        page = await browser.get("/ready")
        assert page.status_code == 503
        assert "restart" in page.json()["reason"]
        assert (await browser.get("/health")).status_code == 503


class Away(FakeBackend):
    why = "no upstream answers"

    async def unready(self):
        return self.why


async def test_an_engine_whose_upstream_is_away_lives():
    """To restart it would not bring its upstream back."""
    async with serving(backend=Away()) as engine, http(engine.path) as browser:
        page = await browser.get("/ready")
        assert (page.status_code, page.json()["reason"]) == (503, "no upstream answers")
        assert (await browser.get("/health")).status_code == 200
        engine.backend.why = ""
        assert (await browser.get("/ready")).status_code == 200


@pytest.mark.parametrize("page", ["health", "ready"])
async def test_strangers_hear_only_whether_it_works(tmp_path, page):
    """Model, version, process and how many people work were told to whoever asked."""
    async with guarded(tmp_path, "tcp") as engine, httpx.AsyncClient(trust_env=False) as http:
        url = f"http://127.0.0.1:{engine.endpoint.port}/{page}"
        seer = give(engine.store, "prometheus", rights=frozenset({"metrics"}))
        word = {"health": {"status": "ok"}, "ready": {"ready": True}}[page]
        for _ in range(30):  # a balancer that looks is nobody who guesses
            assert (await http.get(url)).json() == word
        wrong = {"Authorization": "Bearer dg_wrong"}
        assert (await http.get(url, headers=wrong)).json() == word
        assert (await http.get(f"{url}/../v1/models", headers=wrong)).status_code == 401
        whole = await http.get(url, headers={"Authorization": f"Bearer {seer}"})
        assert set(whole.json()) > set(word)

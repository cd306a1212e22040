"""What /metrics says of an engine that chooses paths."""

import pytest
from attrs import evolve
from fakes import greeted_client, hear, say
from pages import scraped
from routes import ByPath, FakeSecond, hole
from running import serving

from diffgem_engine.protocol import Candidate
from diffgem_engine.router.backend import RoutedBackend

LONG = {"slots": 400, "task": "action"}


async def seen_after(backend, *requests):
    """The series of the router, those at zero left out."""
    async with serving(backend=backend) as engine:
        async with greeted_client(engine.path) as client:
            for request in requests:
                await say(client, request)
                await hear(client)
        found = await scraped(engine.path)
    ours = ("routes", "fallbacks", "validation_failures", "requests")
    names = {f"diffgem_{name}_total" for name in ours}
    return {key: value for key, value in found.items() if key[0] in names and value}


@pytest.mark.parametrize(
    ("text", "suffix", "reason"),
    [
        (" ", "", "empty"),
        ("a\ufffd", "", "broken characters"),
        ("a" * 641, "", "over length"),
        ("a, total)", ", total)\n", "repeats the suffix"),
    ],
)
async def test_a_text_that_will_not_do_is_counted_by_path_and_reason(text, suffix, reason):
    """The router had a watcher that nobody gave it: its series stayed empty."""
    backend = RoutedBackend(ByPath({"diffusion": text, "autoregressive": "written"}))
    assert await seen_after(backend, hole(suffix=suffix)) == {
        ("diffgem_routes_total", "diffusion", "usual"): 1,
        ("diffgem_validation_failures_total", *sorted(("diffusion", reason))): 1,
        ("diffgem_fallbacks_total", *sorted(("diffusion", reason))): 1,
        ("diffgem_requests_total", "autoregressive", "infill", "ok"): 1,
    }


async def test_a_second_model_is_counted_whether_it_answers_or_not():
    """Its route was no label that anybody had named, and its outages were in the log alone."""
    inner = ByPath({"diffusion": "denoised"})
    assert await seen_after(RoutedBackend(inner, FakeSecond("other")), hole(**LONG)) == {
        ("diffgem_routes_total", "long action", "second"): 1,
        ("diffgem_requests_total", "infill", "ok", "second"): 1,
    }
    assert await seen_after(RoutedBackend(inner, FakeSecond(None)), hole(**LONG)) == {
        ("diffgem_routes_total", "long action", "second"): 1,
        ("diffgem_fallbacks_total", "second", "unavailable"): 1,
        ("diffgem_requests_total", "diffusion", "infill", "ok"): 1,
    }


class Drafted(ByPath):
    async def infill(self, request, on_progress):
        result = await super().infill(request, on_progress)
        return evolve(result, steps=0, candidates=(Candidate(("draft",), 0.5, "draft"),))


class Chatty(ByPath):
    async def infill(self, request, on_progress):
        return evolve(await super().infill(request, on_progress), route=f"{request.prefix}: why")


async def test_a_draft_that_was_enough_is_no_path_s_work():
    """With --route auto it was counted as denoised."""
    found = await seen_after(RoutedBackend(Drafted({"diffusion": ""})), hole())
    assert found["diffgem_requests_total", "draft", "infill", "ok"] == 1


async def test_a_route_is_one_of_a_few_labels():
    """A label with what a request says in it is a series for every request."""
    found = await seen_after(Chatty({"diffusion": "x"}), hole())
    assert found == {("diffgem_requests_total", "diffusion", "infill", "ok"): 1}

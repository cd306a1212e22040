"""What a token allows, over HTTP."""

import httpx
from entrances import give, guarded


async def test_a_request_costs_one_and_the_next_is_refused(tmp_path):
    """Or the facade is the way around the limits: or its own counting of tokens uses them up."""
    async with guarded(tmp_path, "tcp") as engine:
        token = give(engine.store, "anna", rate=0.01, burst=2, concurrency=1)
        headers = {"Authorization": f"Bearer {token}"}
        base = f"http://127.0.0.1:{engine.endpoint.port}"
        async with httpx.AsyncClient(base_url=base, headers=headers, trust_env=False) as http:
            body = {"prompt": "a", "suffix": "b"}
            replies = [await http.post("/v1/completions", json=body) for _ in range(3)]
    assert [each.status_code for each in replies] == [200, 200, 429]
    assert replies[2].json()["error"]["code"] == "rate-limited"
    assert int(replies[2].headers["retry-after"]) > 1

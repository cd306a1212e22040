"""Who is let in over the network, and until when."""

import asyncio

import httpx
import pytest
from entrances import give, guarded, private_store
from fakes import FakeBackend
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from diffgem_engine.access import authentication, door
from diffgem_engine.access.authentication import BearerTokens, Everyone
from diffgem_engine.access.guesses import MOST, Guesses
from diffgem_engine.access.refusals import Refusal, may_not
from diffgem_engine.access.users import LOCAL, METRICS, User
from diffgem_engine.protocol import Hole
from diffgem_lsp.engine.client import EngineState
from diffgem_lsp.engine.errors import EngineError, RequestRefused
from diffgem_lsp.engine.timing import Timing

CANVAS = (Hole(4),)


def bearer(token):
    return {"authorization": f"Bearer {token}"}


@pytest.fixture
def store(tmp_path):
    return private_store(tmp_path)


@pytest.fixture
async def over_tcp(tmp_path):
    """On loopback, with a store."""
    async with guarded(tmp_path, "tcp") as engine:
        yield engine


def upgrade(engine, headers=None, **options):
    url = f"ws://127.0.0.1:{engine.endpoint.port}/v1/ws"
    return connect(url, additional_headers=headers, proxy=None, **options)


async def refusal(engine, headers=None, **options):
    with pytest.raises(InvalidStatus) as caught:
        async with upgrade(engine, headers, **options):
            pass
    response = caught.value.response
    return response.status_code, response.body.decode()


async def fills(client, prefix="fine"):
    async with asyncio.timeout(20):
        return (await client.infill(prefix, "", CANVAS)).candidates[0].texts[0]


async def test_a_good_token_makes_its_user(store):
    token = give(store, "anna", weight=3.0, rights=("infill", "metrics"))
    tokens = BearerTokens(store)
    user = tokens.user_of(bearer(token))
    assert (user.name, user.weight, user.rights) == ("anna", 3.0, {"infill", "metrics"})
    assert tokens.user_of({"authorization": f"bearer  {token} "}) == user


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": ""},
        {"authorization": "Bearer"},
        {"authorization": "Bearer "},
        {"authorization": "Basic YW5uYTpwdw=="},
        {"authorization": "Bearer dg_" + "A" * 43},
        {"authorization": "Bearer \udcff\xe9\0"},
    ],
)
async def test_without_a_good_token_nobody_is_let_in(store, headers):
    give(store)
    refused = BearerTokens(store).user_of(headers)
    assert isinstance(refused, Refusal)
    assert refused.status == 401
    assert "token add" in refused.message


async def test_a_digest_is_no_token(store):
    """Who has the store still has nothing to come in with."""
    give(store)
    [entry] = store.read()
    assert isinstance(BearerTokens(store).user_of(bearer(entry.digest)), Refusal)


async def test_an_expired_token_is_refused_and_says_so(store):
    token = give(store, "anna", expires=1_000.0)
    refused = BearerTokens(store).user_of(bearer(token))
    assert refused.status == 401
    assert "this token has expired (1970-01-01)" in refused.message


async def test_the_store_is_read_again_when_it_has_changed(store):
    """A token that was taken back let its user in until the engine was started again."""
    token = give(store, "anna")
    tokens = BearerTokens(store)
    assert tokens.user_of(bearer(token)).name == "anna"
    store.revoke("anna")
    assert isinstance(tokens.user_of(bearer(token)), Refusal)
    assert tokens.user_of(bearer(give(store, "ben"))).name == "ben"


async def test_a_store_that_broke_lets_nobody_in(store, caplog):
    token = give(store)
    tokens = BearerTokens(store)
    store.path.chmod(0o644)
    for _ in range(3):
        assert isinstance(tokens.user_of(bearer(token)), Refusal)
    [record] = [each for each in caplog.records if each.levelname == "ERROR"]
    assert "chmod 600" in record.getMessage()
    store.path.chmod(0o600)
    assert tokens.user_of(bearer(token)).name == "anna"


async def test_every_digest_is_compared(store, monkeypatch):
    """To stop at the first that fits would tell how far down the list it is."""
    tokens = [give(store, f"user{number}") for number in range(5)]
    compared = []
    compare = authentication.matching.__globals__["hmac"].compare_digest

    def note(left, right):
        compared.append(left)
        return compare(left, right)

    monkeypatch.setattr("diffgem_engine.access.tokens.hmac.compare_digest", note)
    assert BearerTokens(store).user_of(bearer(tokens[0])).name == "user0"
    assert len(compared) == 5


def test_rights_are_asked_for_by_name():
    assert may_not(LOCAL, METRICS) is None
    refused = may_not(User("anna"), METRICS)
    assert refused.status == 403
    assert "anna is not for metrics" in refused.message
    assert "--rights metrics" in refused.message


async def test_a_token_without_the_right_is_told_over_the_wire(over_tcp):
    token = give(over_tcp.store, "prometheus", rights=("metrics",))
    status, reason = await refusal(over_tcp, bearer(token))
    assert status == 403
    assert "the token of prometheus is not for infill" in reason


async def test_a_thousand_wrong_tokens_are_refused_and_hold_nobody_up(over_tcp, caplog):
    """And the log has a line of it, without any of them."""
    token = give(over_tcp.store, "anna")
    client = over_tcp.client(token)
    assert await fills(client) == "FINE"
    url = f"http://127.0.0.1:{over_tcp.endpoint.port}/v1/ws"
    statuses = [await refusal(over_tcp, bearer(f"dg_{number:043d}")) for number in range(1_000)]
    assert {status for status, _ in statuses} == {401, 429}
    assert [status for status, _ in statuses].count(401) == MOST
    assert await fills(client) == "FINE"
    other = over_tcp.client(token)  # the same address, the right token
    assert await fills(other) == "FINE"
    lines = [record.getMessage() for record in caplog.records if "good token" in record.msg]
    assert len(lines) <= 2
    assert not any("dg_" in record.getMessage() for record in caplog.records), url
    await client.close()
    await other.close()


def test_guesses_are_counted_by_address_and_logged_once_a_minute(caplog):
    now = [0.0]
    guesses = Guesses(lambda: now[0])
    wrong = Refusal(401, "wrong")
    answers = [guesses.refused("10.0.0.1", wrong) for _ in range(MOST + 1)]
    assert answers[:MOST] == [wrong] * MOST
    assert (answers[-1].status, answers[-1].retry_after_s) == (429, 60.0)
    assert guesses.refused("10.0.0.2", wrong) == wrong
    assert len(caplog.records) == 1
    now[0] = 60.0
    assert guesses.refused("10.0.0.1", wrong) == wrong
    assert caplog.records[-1].getMessage().startswith("refused for want of a good token: 22,")


async def test_a_token_taken_back_closes_its_connections(over_tcp, monkeypatch):
    """The lost laptop's editor went on for as long as it was connected."""
    monkeypatch.setattr(authentication, "LOOK_S", 0.01)
    token, other = give(over_tcp.store, "anna"), give(over_tcp.store, "ben")
    async with upgrade(over_tcp, bearer(token)) as gone, upgrade(over_tcp, bearer(other)) as stays:
        over_tcp.store.revoke("anna")
        async with asyncio.timeout(10):
            with pytest.raises(ConnectionClosed) as caught:
                await gone.recv()
        assert caught.value.rcvd.code == 1008
        assert "does not know this token" in caught.value.rcvd.reason
        assert await (await stays.ping()) > 0


async def test_work_of_a_token_taken_back_ends(tmp_path, monkeypatch):
    """And the user's editor is told why, for good: it must not try for ever."""
    monkeypatch.setattr(authentication, "LOOK_S", 0.01)
    backend = FakeBackend()
    async with guarded(tmp_path, "tcp", backend=backend) as engine:
        failed = asyncio.get_running_loop().create_future()

        def note(state, message):
            if state is EngineState.FAILED:
                failed.set_result(message)

        patient = Timing(attempts=3, first=0.01)
        client = engine.client(give(engine.store, "anna"), on_state=note, timing=patient)
        working = asyncio.create_task(client.infill("hang", "", CANVAS))
        async with asyncio.timeout(20):
            await backend.started.get()
            engine.store.revoke("anna")
            await backend.cancelled.get()
            assert "does not know this token" in await failed
        with pytest.raises(EngineError):
            await working
        await client.close()


async def test_an_expired_token_closes_its_connections(store):
    token = give(store, "anna", expires=100.0)
    now = [99.0]
    tokens = BearerTokens(store, lambda: now[0])
    waiting = asyncio.create_task(tokens.withdrawn(bearer(token)))
    await asyncio.sleep(0)
    assert not waiting.done()
    now[0] = 100.0
    async with asyncio.timeout(10):
        assert "expired" in (await waiting).message


async def test_a_web_page_is_refused_with_and_without_tokens(over_tcp):
    token = give(over_tcp.store)
    status, reason = await refusal(over_tcp, bearer(token), origin="https://evil.example")
    said = "no web page may use this engine: it serves editors"
    assert (status, reason.strip()) == (403, said)
    assert Everyone().user_of({"origin": "https://evil.example"}) == Refusal(403, said)
    assert Everyone().user_of({}) is LOCAL


async def test_connections_are_counted_by_user_and_in_all(over_tcp, monkeypatch):
    """One user's script took every place."""
    monkeypatch.setattr(door, "MOST_OF_A_USER", 2)
    monkeypatch.setattr(door, "MOST_OPEN", 3)
    anna, ben = bearer(give(over_tcp.store, "anna")), bearer(give(over_tcp.store, "ben"))
    async with upgrade(over_tcp, anna) as first, upgrade(over_tcp, anna):
        status, reason = await refusal(over_tcp, anna)
        assert (status, reason.strip()) == (429, "anna has 2 connections, the most: close one")
        async with upgrade(over_tcp, ben):
            status, reason = await refusal(over_tcp, ben)
            assert (status, "the most it takes" in reason) == (503, True)
        await first.close()
    async with upgrade(over_tcp, anna), upgrade(over_tcp, ben):
        pass


async def test_limits_reach_the_editor_in_words(over_tcp):
    """And hold for all of a user's connections together."""
    token = give(over_tcp.store, "anna", rate=0.01, burst=2)
    clients = [over_tcp.client(token), over_tcp.client(token)]
    assert [await fills(client) for client in clients] == ["FINE", "FINE"]
    for client in clients:
        with pytest.raises(RequestRefused, match="ask again in") as caught:
            await fills(client)
        assert caught.value.code == "rate-limited"
    other = over_tcp.client(give(over_tcp.store, "ben"))
    assert await fills(other) == "FINE"
    for client in (*clients, other):
        await client.close()


async def test_no_token_is_in_the_health_page(over_tcp):
    token = give(over_tcp.store)
    async with httpx.AsyncClient(trust_env=False) as http:
        url = f"http://127.0.0.1:{over_tcp.endpoint.port}/health"
        page = await http.get(url, headers=bearer(token))
    assert page.status_code == 200
    assert token not in page.text

"""Tokens that are taken back, and stores that could not be read for a while."""

import asyncio
import json
import os

import httpx
import pytest
from entrances import give, guarded, private_store
from fakes import FakeBackend
from http_clients import events

from diffgem_engine.access import authentication
from diffgem_engine.access import store as stores
from diffgem_engine.access.authentication import BearerTokens, Everyone, OnceThereAreTokens
from diffgem_engine.access.entrance import entrance_for
from diffgem_engine.access.refusals import Refusal
from diffgem_engine.access.users import LOCAL, RIGHTS, one_of_many
from diffgem_engine.endpoint import parse_endpoint


def bearer(token):
    return {"authorization": f"Bearer {token}"}


@pytest.mark.parametrize("stream", [False, True])
async def test_work_over_http_of_a_token_taken_back_ends(tmp_path, monkeypatch, stream):
    """It went on to its end: ten minutes' work, and a stream, for a laptop that was lost."""
    monkeypatch.setattr(authentication, "LOOK_S", 0.01)
    backend = FakeBackend()
    async with guarded(tmp_path, "tcp", backend=backend) as engine, httpx.AsyncClient() as http:
        headers = bearer(give(engine.store, "anna"))
        url = f"http://127.0.0.1:{engine.endpoint.port}/v1/completions"
        body = {"prompt": "hang", "stream": stream, "max_tokens": 300}
        asking = asyncio.create_task(http.post(url, json=body, headers=headers, timeout=20))
        async with asyncio.timeout(20):
            await backend.started.get()
            engine.store.revoke("anna")
            await backend.cancelled.get()
            answer = await asking
    error = events(answer.text)[-1]["error"] if stream else answer.json()["error"]
    assert error["code"] == "unauthorized"
    assert "not any more" in error["message"]


def errors(caplog):
    return [each.getMessage() for each in caplog.records if each.levelname == "ERROR"]


def test_a_store_in_a_folder_that_was_open_is_read_once_it_is_not(tmp_path, caplog):
    """Whoever did as the log said was let in only by the store's next change, or a restart."""
    store = private_store(tmp_path)
    tokens, token = BearerTokens(store), give(store, "anna")
    store.path.parent.chmod(0o777)
    for _ in range(2):
        assert isinstance(tokens.user_of(bearer(token)), Refusal)
    assert ["chmod 700" in each for each in errors(caplog)] == [True]
    store.path.parent.chmod(0o700)
    assert tokens.user_of(bearer(token)).name == "anna"


def test_a_fifo_is_no_store(tmp_path):
    """It was waited for, on the event loop."""
    store = private_store(tmp_path)
    store.path.parent.mkdir(0o700)
    os.mkfifo(store.path, 0o600)
    with pytest.raises(stores.StoreError, match="is not a file: name another one with --tokens"):
        store.read()


def test_a_folder_that_others_may_write_into_lets_nobody_in_from_then_on(tmp_path):
    """It was looked at as often as the file changed: by then the file may be theirs."""
    store = private_store(tmp_path)
    token = give(store, "anna")
    tokens = BearerTokens(store)
    assert tokens.user_of(bearer(token)).name == "anna"
    store.path.parent.chmod(0o777)
    assert isinstance(tokens.user_of(bearer(token)), Refusal)


def test_a_store_that_could_not_be_opened_for_a_moment_is_read_after_it(tmp_path, monkeypatch):
    """One change while all of the process's files were open locked everybody out for good."""
    store = private_store(tmp_path)
    tokens, token = BearerTokens(store), give(store, "anna")
    with monkeypatch.context() as patch:
        patch.setattr(stores.TokenStore, "read", broken)
        assert isinstance(tokens.user_of(bearer(token)), Refusal)
    assert tokens.user_of(bearer(token)).name == "anna"


def broken(_store):
    raise stores.StoreError("cannot use it: Too many open files")


@pytest.mark.parametrize(
    "fields",
    [{"digest": "é" * 64}, {"digest": "abc"}, {"expires": float("nan")}, {"id": "\x1b[2J"}],
)
def test_an_entry_that_cannot_be_compared_makes_no_store(tmp_path, fields):
    """Nobody was let in, but by an internal error; or for ever, as nothing is after NaN; and an id
    drew on the terminal of who listed the tokens."""
    store = private_store(tmp_path)
    token = give(store, "anna")
    [entry] = json.loads(store.path.read_text())["tokens"]
    tokens = BearerTokens(store)
    store.path.write_text(json.dumps({"version": 1, "tokens": [{**entry, **fields}]}))
    assert isinstance(tokens.user_of(bearer(token)), Refusal)


def test_a_user_who_is_called_local_is_one_user(tmp_path):
    """With both rights it was as many users as it had connections, and had as many shares."""
    store = private_store(tmp_path)
    user = BearerTokens(store)
    token = give(store, "local", rights=RIGHTS)
    found = user.user_of(bearer(token))
    assert one_of_many(found) == found
    assert one_of_many(LOCAL) != LOCAL


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8012", "127.0.0.1:8012", "[::1]:8012", "LOCALHOST.:1"]
)
def test_who_asks_this_machine_is_let_in(host):
    assert Everyone().user_of({"host": host}, "127.0.0.1") is LOCAL


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8012", "127.0.0.1.evil.example", "", "10.0.0.1", ":1"]
)
def test_a_web_page_whose_name_leads_here_is_refused(host):
    """By a name of its own for 127.0.0.1 a page read the metrics: it is of the same origin then, so
    its GET has no Origin."""
    refused = Everyone().user_of({"host": host}, "127.0.0.1")
    said = "this engine is for this machine alone: ask localhost or 127.0.0.1"
    assert refused == Refusal(403, said)
    assert Everyone().user_of({"host": "engine"}, "") is LOCAL  # a unix socket


async def test_the_first_token_closes_loopback_to_everybody_else(tmp_path, monkeypatch):
    """A running engine stayed open until its next start, whatever its operator had made."""
    monkeypatch.setattr(authentication, "LOOK_S", 0.01)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "nothing"))
    store = private_store(tmp_path)
    entrance = entrance_for(parse_endpoint("tcp://127.0.0.1:0"), None, None)
    assert isinstance(entrance.authenticator, OnceThereAreTokens)
    asked = OnceThereAreTokens(store)
    assert asked.user_of({}, "127.0.0.1") is LOCAL
    leaving = asyncio.create_task(asked.withdrawn({}))
    token = give(store, "anna")
    assert isinstance(asked.user_of({}, "127.0.0.1"), Refusal)
    assert asked.user_of(bearer(token), "127.0.0.1").name == "anna"
    async with asyncio.timeout(10):
        assert (await leaving).status == 401
    store.revoke("anna")
    store.path.unlink()
    assert isinstance(asked.user_of({}, "127.0.0.1"), Refusal)


def test_what_is_taken_back_by_a_link_is_taken_back(tmp_path):
    """The link became a store of its own, and the engine kept the other."""
    store = private_store(tmp_path)
    tokens, token = BearerTokens(store), give(store, "anna")
    link = tmp_path / "links" / "tokens.json"
    link.parent.mkdir(0o700)
    link.symlink_to(store.path)
    assert [each.name for each in stores.TokenStore(link).revoke("anna")] == ["anna"]
    assert link.is_symlink()
    assert isinstance(tokens.user_of(bearer(token)), Refusal)


def test_a_link_into_a_folder_of_everybodys_is_refused(tmp_path):
    """Who may write there could put a store of ours there from before a token was taken back."""
    store = private_store(tmp_path)
    give(store, "anna")
    link = tmp_path / "links" / "tokens.json"
    link.parent.mkdir(0o700)
    link.symlink_to(store.path)
    store.path.parent.chmod(0o777)
    with pytest.raises(stores.StoreError, match=f"chmod 700 {store.path.parent}"):
        stores.TokenStore(link).read()

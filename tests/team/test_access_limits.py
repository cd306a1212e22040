"""How much a user may ask, and which engine asks for a token at all."""

import time

import pytest
from attrs import evolve
from entrances import give, private_store

from diffgem_engine.access.authentication import BearerTokens, Everyone
from diffgem_engine.access.entrance import entrance_for
from diffgem_engine.access.limits import Limits
from diffgem_engine.access.refusals import Refusal
from diffgem_engine.access.users import LOCAL, User
from diffgem_engine.backends import RequestError
from diffgem_engine.endpoint import EndpointError, TcpEndpoint, TlsEndpoint, UnixEndpoint


@pytest.fixture
def store(tmp_path):
    return private_store(tmp_path)


def test_the_rate_is_a_token_bucket():
    now = [0.0]
    limits = Limits(lambda: now[0])
    user = User("anna", rate=2.0, burst=3)

    def ask():
        with limits.asking(user):
            pass

    for _ in range(3):
        ask()
    with pytest.raises(RequestError, match=r"2 requests a second: ask again in 0\.5 s") as caught:
        ask()
    assert (caught.value.code, caught.value.retry_after_s) == ("rate-limited", 0.5)
    now[0] = 0.5
    ask()
    with pytest.raises(RequestError):
        ask()
    now[0] = 1_000.0  # a long pause earns the burst, no more
    for _ in range(3):
        ask()
    with pytest.raises(RequestError):
        ask()


def test_concurrency_is_counted_over_all_tokens_of_a_name():
    limits = Limits()
    user = User("anna", concurrency=2)
    with limits.asking(user), limits.asking(evolve(user, weight=2.0)):
        with pytest.raises(RequestError, match="2 requests in flight") as caught, \
                limits.asking(user):  # fmt: skip
            pass
        assert caught.value.code == "rate-limited"
        with limits.asking(User("ben", concurrency=2)):
            pass
    with limits.asking(user):
        pass


def test_who_has_no_limit_is_not_limited():
    limits = Limits(lambda: 0.0)
    for _ in range(1_000):
        with limits.asking(LOCAL):
            pass


def test_a_unix_socket_needs_no_token_and_takes_none(tmp_path):
    here = UnixEndpoint(tmp_path / "s")
    assert isinstance(entrance_for(here, None, None).authenticator, Everyone)
    with pytest.raises(EndpointError, match="--tokens is for tcp:// and tls://"):
        entrance_for(here, tmp_path / "tokens.json", None)


def test_on_loopback_tokens_count_once_there_is_a_store(store, monkeypatch):
    """Taking back the last token must not open the engine to every user of the machine."""
    monkeypatch.setattr("diffgem_engine.access.entrance.default_store", lambda: store.path)
    here = TcpEndpoint("127.0.0.1", 0)
    assert entrance_for(here, None, None).authenticator.user_of({}) is LOCAL
    assert isinstance(entrance_for(here, store.path, None).authenticator, BearerTokens)
    give(store, "anna")
    store.revoke("anna")
    assert isinstance(entrance_for(here, None, None).authenticator.user_of({}), Refusal)


@pytest.mark.parametrize("expires", [None, 1_000.0])
def test_beyond_loopback_there_has_to_be_a_token(store, expires):
    if expires:
        give(store, "anna", expires=expires)
    with pytest.raises(EndpointError, match="diffgem-engine token add NAME --tokens") as caught:
        entrance_for(TlsEndpoint("0.0.0.0", 0), store.path, None)
    assert str(store.path) in str(caught.value)
    give(store, "anna", expires=time.time() + 60)
    with pytest.raises(EndpointError, match="give --tls-cert FILE and --tls-key FILE"):
        entrance_for(TlsEndpoint("0.0.0.0", 0), store.path, None)

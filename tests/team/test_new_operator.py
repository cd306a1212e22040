"""What somebody met who had never run an engine."""

import logging
import stat

import pytest

from diffgem_engine.__main__ import main
from diffgem_engine.access import store as stores
from diffgem_engine.access.entrance import entrance_for
from diffgem_engine.access.tls import Certificate, TlsError
from diffgem_engine.endpoint import TcpEndpoint


def test_a_folder_is_no_key_whose_mode_is_to_be_changed(tmp_path):
    """ "--tls-key /tmp" was answered "run chmod 600 /tmp"."""
    tmp_path.chmod(0o755)
    with pytest.raises(TlsError, match="Is a directory") as told:
        Certificate(tmp_path / "cert.pem", tmp_path).context()
    assert "chmod" not in str(told.value)


def test_nobody_is_told_to_close_a_folder_that_all_share(tmp_path):
    """ "--tokens /tmp/tokens.json" was answered "run chmod 700 /tmp"."""
    tmp_path.chmod(0o777 | stat.S_ISVTX)
    with pytest.raises(stores.StoreError, match="others may write into") as told:
        stores.TokenStore(tmp_path / "tokens.json").revoke("ada")
    assert "chmod" not in str(told.value)
    assert "name a file in a folder of yours with --tokens" in str(told.value)


def test_a_store_without_tokens_on_loopback_is_in_the_log(tmp_path, caplog):
    """A name mistyped behind a proxy: all tokens were wrong, and nothing said why."""
    tmp_path.chmod(0o700)
    with caplog.at_level(logging.WARNING):
        entrance_for(TcpEndpoint("127.0.0.1", 0), tmp_path / "tokns.json", None)
    [line] = caplog.messages
    assert f"no token in {tmp_path / 'tokns.json'} lets anybody in yet: make one with" in line


def test_who_looks_into_another_store_sees_which(tmp_path, capsys):
    """ "no tokens" was said of the default store to who had given theirs another name."""
    tmp_path.chmod(0o700)
    store = tmp_path / "tokens.json"
    assert main(["token", "list", "--tokens", str(store)]) == 0
    assert f"no tokens in {store}: make one" in capsys.readouterr().err


def test_a_right_named_twice_is_one_right(tmp_path, capsys):
    tmp_path.chmod(0o700)
    store = str(tmp_path / "tokens.json")
    assert main(["token", "add", "ada", "--rights", "infill,infill", "--tokens", store]) == 0
    assert main(["token", "list", "--tokens", store]) == 0
    assert "infill,infill" not in capsys.readouterr().out


def test_taking_back_a_token_that_nobody_has_makes_no_store(tmp_path):
    """A name mistyped: from then on the engine on loopback let nobody in."""
    tmp_path.chmod(0o700)
    store = tmp_path / "tokens.json"
    assert main(["token", "revoke", "ada", "--tokens", str(store)]) == 1
    assert not store.exists()

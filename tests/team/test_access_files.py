"""The files that the editor's side comes with: what is wrong with them is said."""

import pytest

from diffgem_lsp.engine.access import Access, access_of
from diffgem_lsp.engine.errors import EngineUnavailable


def test_a_token_file_that_others_can_read_is_not_used(tmp_path):
    path = tmp_path / "token"
    path.write_text("dg_x")
    path.chmod(0o644)
    with pytest.raises(EngineUnavailable, match=f"run chmod 600 {path}") as caught:
        Access(path).headers({})
    assert caught.value.permanent


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty: put the token into it"),
        ("two words", "holds no token"),
        ("a\r\nX-Other: header", "holds no token"),
        ("\xff", "holds no token"),
    ],
)
def test_a_token_file_with_something_else(tmp_path, text, words):
    """A line break would have been a header of the file's choice."""
    path = tmp_path / "token"
    path.touch(0o600)
    path.write_text(text, encoding="latin-1")
    with pytest.raises(EngineUnavailable, match=words) as caught:
        Access(path).headers({})
    assert text not in str(caught.value) or not text


def test_a_token_file_that_is_not_there(tmp_path):
    with pytest.raises(EngineUnavailable, match=r"cannot read the token: No such file.*engineTok"):
        Access(tmp_path / "none").headers({})


def test_a_certificate_that_is_none(tmp_path):
    for path in (tmp_path / "none", tmp_path / "text"):
        (tmp_path / "text").write_text("no certificate")
        with pytest.raises(EngineUnavailable, match=f"cannot use the certificate {path}"):
            Access(None, path).context()


def test_without_a_token_nothing_is_sent():
    assert Access().headers({}) == {}
    assert access_of(None, None) == Access()

"""What looks like a secret goes; code that only talks about secrets stays as it is."""

import pytest
from secret_samples import (
    BLOCKS,
    HUNTER,
    LOOK_ALIKES,
    ONE_LINE,
    SAMPLES,
    TROUB,
    filled,
    left_of,
)

from diffgem_engine.secrecy.credentials import secrets_in
from diffgem_lsp.privacy import redaction
from diffgem_lsp.privacy.lines import known
from diffgem_lsp.privacy.redaction import MARK, REACH, find, redact, redact_window, secrets_around

CODE = "import os\n\n\ndef double(values):\n    return [2 * v for v in values]\n"
LANGUAGES = {language for language, _, _ in SAMPLES}


def test_the_corpus_is_as_large_as_promised():
    assert len(SAMPLES) >= 100
    assert len(LOOK_ALIKES) >= 60
    assert len(LANGUAGES) >= 20


@pytest.mark.parametrize(
    ("text", "secrets"),
    [each[1:] for each in SAMPLES],
    ids=[f"{s[0]}-{i}" for i, s in enumerate(SAMPLES)],
)
def test_secrets_go(text, secrets):
    """Alone, in code, behind an indentation, with other line ends; and nothing else goes."""
    assert not left_of(secrets, redact(text).text, around=BARE)
    for whole in (CODE + text + "\n" + CODE, text.replace("\n", "\r\n"), text.replace("\n", "\r")):
        done = redact(whole)
        assert not left_of(secrets, done.text, around=BARE)
        assert done.text.count("\n") == whole.count("\n")
        assert done.count >= 1
        assert redact(done.text).text == done.text
    assert redact(CODE + text + "\n" + CODE).text.startswith(CODE)
    assert redact(CODE + text + "\n" + CODE).text.endswith(CODE)
    assert [*secrets_in(redact(text).text)] == []


BARE = "\n".join([CODE, MARK, *(each[1] for each in (*ONE_LINE, *BLOCKS))])


@pytest.mark.parametrize("text", LOOK_ALIKES)
def test_look_alikes_stay(text):
    """Half of a login form was unknown to the model."""
    for whole in (text, f"{CODE}    {text}\n{CODE}"):
        assert redact(whole).text == whole
        assert redact(whole).count == 0


@pytest.mark.parametrize(("language", "text", "secret"), ONE_LINE)
def test_a_cut_anywhere_hides_none(language, text, secret):
    """The prefix ended, and the suffix began, in the middle of a password."""
    whole = filled(text, [secret])
    for cut in range(len(whole) + 1):
        shown = redact_window(whole, 0, cut, len(whole))
        assert not left_of([secret], " ".join(shown), around=BARE)


@pytest.mark.parametrize(("language", "text", "secrets"), BLOCKS[:6])
def test_a_window_that_begins_within_a_secret_has_none_of_it(language, text, secrets):
    whole = f"{CODE}{filled(text, secrets)}{CODE}"
    for start in range(0, len(whole), 7):
        cursor = min(len(whole), start + 100)
        shown = redact_window(whole, start, cursor, min(len(whole), cursor + 20))
        assert not left_of(secrets, "".join(shown), around=BARE)


NAMED = [each for each in ONE_LINE if any(word in each[1].lower() for word in ("passw", "secret"))]


@pytest.mark.parametrize(("language", "text", "secret"), NAMED)
def test_a_literal_that_is_being_typed_is_one_from_its_first_letter(language, text, secret):
    """All but the last letters of a password were sent before it looked like one."""
    before, after = text.split("§")
    if not before.endswith(('"', "'")):
        return
    for typed in range(1, len(secret) + 1):
        head = before + secret[:typed]
        spans = find(head + after, (len(head),))
        assert any(first <= len(before) and last >= len(head) for first, last in spans), head


def test_most_lines_are_looked_at_once():
    """Every key paid for all of the window."""
    text = "\n".join(f"value_{number} = compute({number})" for number in range(200))
    redact(text)
    before = known.cache_info().misses
    redact(text + "x")
    assert known.cache_info().misses == before + 1


@pytest.mark.parametrize(
    "line",
    [
        *("password" * 5_000, "password = " * 3_000, 'password = "' * 3_000, "a" * 50_000 + "@b"),
        *("://" * 10_000, "://a:" * 5_000, "password: " + "[" * 20_000, "token " * 5_000),
        *("-u " * 5_000 + "curl", "eyJ" * 10_000, "<password " * 3_000, "- name: " * 4_000),
        *("passwordprodprod" * 2_000, "\\" * 20_000 + '"password', "api_key_" * 4_000 + "= 'x"),
        *('{"tokens":["a","b"],"u":1},' * 2_000, 'passwords=["a1b2",' * 4_000),
        *('passwords=[\\"' * 4_000, "curl x " * 10_000 + "-u ", "mysql -p -" * 5_000),
        *("password" + "1" * 10_000 + "!", "secret" + "base64" * 3_000 + "!"),
        *(" " * 20_000 + "token", "-api_key1_" * 3_000 + "<", "token=" + " " * 20_000 + "x"),
        *("password=x" + " " * 20_000 + "y", 'password="' + "{{" * 10_000 + '"'),
    ],
    ids=lambda line: line[:12],
)
def test_no_line_takes_for_ever(line):
    """Doubling a line may double its time and not more; a slow pattern is tens of seconds here."""
    assert redact(line).text.count("\n") == 0
    for above in ("password =", "-----BEGIN RSA PRIVATE KEY-----", "- name: password"):
        assert redact(f"{above}\n{line}").text.count("\n") == 1


@pytest.mark.parametrize("sign", ["\\", "+", ",", "=", " ", '\\"'])
@pytest.mark.parametrize("above", ["password =", "-----BEGIN RSA PRIVATE KEY-----"])
def test_no_line_below_takes_for_ever(above, sign):
    """Guards what is read because of the line above: forty backslashes took as long as a night."""
    for begin, end in (('"', "x"), ("", "!"), ("x", "y")):
        text = f"{above}\n{begin}{sign * 10_000}{end}"
        assert redact(text).text.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ('password =\n  "%s\\"', "Tr0ub" + "4dor"),
        ("password =\n  '%s', # why", "Tr0ub" + "4dor"),
        ("DB_PASSWORD=%s  # why", HUNTER),
        ("password12345: '%s'", HUNTER),
        ("my_password_values = ['%s']", HUNTER),
        ("SECRET_BASE64='%s'", HUNTER),
        ("curl --proxy p -u me:%s https://example.org", HUNTER),
        ("passwords = [['root', '%s'], ['x', 'y']] + ['%s']", HUNTER),
    ],
)
def test_patterns_that_were_made_quick_find_as_much(text, secret):
    assert secret not in redact(text.replace("%s", secret)).text


def test_what_lies_far_from_all_places_is_not_looked_at(monkeypatch):
    """A key at each end of a long file had the server look through all that lies between."""
    line = f'password = "{HUNTER}"\n'
    filler = "x = 1\n" * 100_000
    text = f"{line}{filler}{line.replace(HUNTER, TROUB)}{filler}{line}"
    looked = []

    def noted(part, cursors=()):
        looked.append(len(part))
        return find(part, cursors)

    monkeypatch.setattr(redaction, "find", noted)
    assert secrets_around(text, 5, len(text) - 5) == (HUNTER,)
    assert sum(looked) <= 4 * REACH
    assert secrets_around(text, 5, len(line) + len(filler)) == (TROUB, HUNTER)


def test_a_secret_behind_many_placeholders_goes():
    """Only the first of a long value was read."""
    assert HUNTER not in redact(f'password = "{"${A}" * 1_000}{HUNTER}"').text

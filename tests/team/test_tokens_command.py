"""`diffgem-engine token` and what it leaves on the disk."""

import json
import os
import pwd
import re
import shlex
import stat
import subprocess
import sys
import threading

import pytest
from entrances import give, private_store

from diffgem_engine.__main__ import main
from diffgem_engine.access.store import StoreError, TokenStore, default_store
from diffgem_engine.access.tokens import Entry, digest_of, matching

TOKEN = re.compile(r"dg_[A-Za-z0-9_-]{43}")


@pytest.fixture
def store(tmp_path):
    return private_store(tmp_path)


def token(store, *arguments):
    return main(["token", *arguments, "--tokens", str(store.path)])


def test_a_token_is_shown_once_and_kept_as_a_digest(store, capsys):
    """Who reads the store, a backup of it for one, must not be able to come in."""
    assert token(store, "add", "anna", "--expires", "30", "--rate", "5") == 0
    shown = capsys.readouterr()
    given = shown.out.strip()
    assert TOKEN.fullmatch(given)
    assert given not in shown.err
    text = store.path.read_text()
    assert given not in text
    assert given.removeprefix("dg_") not in text
    assert digest_of(given) in text
    assert token(store, "list") == token(store, "list", "--json") == 0
    listed = capsys.readouterr()
    assert given not in listed.out + listed.err
    assert digest_of(given) not in listed.out
    [entry] = store.read()
    assert digest_of(given) not in repr(entry)
    assert matching(store.read(), given) == entry


def test_what_was_asked_for_is_what_the_user_has(store, capsys):
    """A limit that was read over is none."""
    limits = ["--rate", "2.5", "--burst", "7", "--concurrency", "3", "--weight", "2"]
    assert token(store, "add", "ci", *limits, "--rights", "infill,metrics") == 0
    [entry] = store.read()
    user = entry.user
    assert (user.rate, user.burst, user.concurrency, user.weight) == (2.5, 7, 3, 2.0)
    assert user.rights == {"infill", "metrics"}
    assert entry.expires is None
    capsys.readouterr()
    assert token(store, "list", "--json") == 0
    [shown] = json.loads(capsys.readouterr().out)
    assert (shown["id"], shown["name"], shown["rate"]) == (entry.id, "ci", 2.5)
    assert "digest" not in shown


def test_tokens_are_taken_back_by_id_or_by_name(store, capsys):
    """A lost laptop must not cost everybody their tokens."""
    for name in ("anna", "anna", "ben"):
        give(store, name)
    first, second, ben = store.read()
    assert token(store, "revoke", first.id) == 0
    assert store.read() == (second, ben)
    assert token(store, "revoke", "anna") == 0
    assert store.read() == (ben,)
    capsys.readouterr()
    assert token(store, "revoke", "anna") == 1
    assert "has the id or name anna: see `diffgem-engine" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["an na"], "is no name"),
        (["x" * 65], "is no name"),
        (["anna", "--rights", "all"], "rights are of infill, metrics"),
        (["anna", "--rights", ""], "rights are of infill, metrics"),
        (["anna", "--expires", "0"], "--expires must be more than 0"),
        (["anna", "--expires", "nan"], "--expires must be"),
        (["anna", "--rate", "0"], "rate must be 0.01 to 10000"),
        (["anna", "--rate", "nan"], "rate must be"),
        (["anna", "--rate", "1", "--burst", "0"], "--burst must be 1 to"),
        (["anna", "--burst", "5"], "give that as well"),
        (["anna", "--concurrency", "-1"], "concurrency must be 1 to"),
        (["anna", "--weight", "inf"], "weight must be"),
    ],
)
def test_what_cannot_be_is_one_line_and_no_token(store, capsys, arguments, words):
    assert token(store, "add", *arguments) == 2
    shown = capsys.readouterr()
    assert words in shown.err
    assert len(shown.err.splitlines()) == 1
    assert shown.out == ""
    assert store.read() == ()


def test_the_store_is_its_owners_alone(store):
    """A umask of 0 made a file that everybody could read."""
    before = os.umask(0)
    try:
        give(store)
    finally:
        os.umask(before)
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(store.path.parent.stat().st_mode) == 0o700


def test_a_store_that_others_can_read_or_replace_is_refused(store):
    give(store)
    store.path.chmod(0o640)
    with pytest.raises(StoreError, match=f"open to other users: run chmod 600 {store.path}"):
        store.read()
    store.path.chmod(0o600)
    store.path.parent.chmod(0o770)
    with pytest.raises(StoreError, match=f"run chmod 700 {store.path.parent}"):
        store.read()
    with pytest.raises(StoreError, match="others may write into"):
        give(store)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"version": 1}', '{"version": 1, "tokens": [{"id": 1}]}']
)
def test_a_broken_store_is_one_line_that_says_what_to_do(store, capsys, text):
    give(store)
    store.path.write_text(text)
    assert token(store, "list") == 2
    [line] = capsys.readouterr().err.splitlines()
    assert "is no store of tokens: restore it, or move it away" in line


def test_a_store_of_a_later_version_is_not_read(store):
    give(store)
    store.path.write_text('{"version": 2, "tokens": []}')
    with pytest.raises(StoreError, match="another version of DiffGem: update"):
        store.read()


def test_a_change_that_fails_leaves_the_store_as_it_was(store, monkeypatch):
    """A full disk left half a file, and nobody came in."""
    give(store)
    before = store.path.read_bytes()

    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="No space left on device"):
        give(store, "ben")
    assert store.path.read_bytes() == before
    assert sorted(path.name for path in store.path.parent.iterdir()) == [
        "tokens.json",
        "tokens.json.lock",
    ]


def test_changes_at_once_lose_nothing(store):
    """Two terminals: the later write took back what the earlier had added."""
    names = [f"user{number}" for number in range(12)]
    adding = [threading.Thread(target=give, args=(TokenStore(store.path), name)) for name in names]
    for thread in adding:
        thread.start()
    for thread in adding:
        thread.join(20)
    assert sorted(entry.name for entry in store.read()) == sorted(names)


def test_the_default_is_in_the_folder_for_configuration(tmp_path):
    at_home = tmp_path / ".config" / "diffgem" / "tokens.json"
    assert default_store({"HOME": str(tmp_path)}) == at_home
    assert default_store({"HOME": str(tmp_path), "XDG_CONFIG_HOME": "relative"}) == at_home
    elsewhere = default_store({"XDG_CONFIG_HOME": "/etc/xdg"})
    assert str(elsewhere) == "/etc/xdg/diffgem/tokens.json"


def test_the_command_works_as_a_process(tmp_path):
    """`diffgem-engine token add anna > file` has to be the token and nothing else."""
    environment = {**os.environ, "XDG_CONFIG_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "diffgem_engine", "token", "add", "anna"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert TOKEN.fullmatch(done.stdout.removesuffix("\n"))
    assert (tmp_path / "diffgem" / "tokens.json").exists()


@pytest.mark.parametrize("output", [">/dev/full", ">&-"])
def test_a_token_that_nobody_could_see_is_taken_back(tmp_path, output):
    """Guards a token that lets in, and that nobody has."""
    kept = tmp_path / "private" / "tokens.json"
    shell = f'exec "$0" -m diffgem_engine token add ann --tokens "$1" {output}'
    command = ["sh", "-c", shell, sys.executable, str(kept)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("diffgem-engine: the token cannot be written: ")
    assert done.stderr.count("\n") == 1
    assert TokenStore(kept).read() == ()


def to_a_shell(arguments, redirected):
    """The real command with its output `redirected`: the exit code and what it complained of."""
    command = shlex.join([sys.executable, "-m", "diffgem_engine", *arguments])
    script = f"{command} {redirected}\necho ${{PIPESTATUS[0]}} >&3"
    shell = ["bash", "-c", f"exec 3>&1 >/dev/null\n{script}"]
    done = subprocess.run(shell, capture_output=True, text=True, timeout=60, check=True)
    return int(done.stdout), done.stderr


FULL = (
    "diffgem-engine: cannot write the output: No space left on device; make room, or send it "
    "elsewhere\n"
)


@pytest.mark.parametrize("flag", [(), ("--json",)])
def test_a_list_that_nobody_reads_to_its_end(store, flag):
    """Guards two tracebacks, of the print and of Python's end."""
    with store._changing() as entries:
        entries += [Entry(f"{n:08x}", f"user{n}", "0" * 64, created=0.0) for n in range(2_000)]
    listed = ["token", "list", "--tokens", str(store.path), *flag]
    assert to_a_shell(listed, "| head -1") == (141, "")


@pytest.mark.parametrize("command", ["list", "list --json", "revoke anna"])
@pytest.mark.parametrize(("redirected", "told"), [("/dev/full", (4, FULL)), ("&-", (0, ""))])
def test_a_full_disk_is_one_line(store, command, redirected, told):
    """Guards a traceback, and a token that is revoked by a command that seems broken."""
    give(store, "anna")
    found = to_a_shell(["token", *command.split(), "--tokens", str(store.path)], f">{redirected}")
    assert found == told
    assert (store.read() == ()) == ("revoke" in command)


def test_a_user_without_a_home_is_told(monkeypatch, capsys):
    """A container's user has no entry, and RuntimeError came as a traceback."""

    def nobody(_uid):
        raise KeyError

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    for name in ("HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    words = "this user has no home folder: set HOME, or name a file with --tokens\n"
    assert main(["token", "list"]) == 2
    assert capsys.readouterr().err == f"diffgem-engine: {words}"
    assert main(["serve", "--port", "0"]) == 2
    assert capsys.readouterr().err == f"diffgem-engine: {words}"

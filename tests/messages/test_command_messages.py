"""What both commands answer to bad input: the listed message on standard error, the exit code."""

import re

import message_lists
import pytest

from diffgem_engine.__main__ import main as engine
from diffgem_engine.access.store import TokenStore
from diffgem_engine.access.tokens import Entry
from diffgem_lsp.__main__ import main as server
from diffgem_lsp.commands.places import MOST_BYTES

# `@` is a folder of the test's own; what is in it: `project`.
SERVER = [
    ("complete", "app.py", 2, "… is no place: give FILE:LINE:COL, as app.py:12:5; stdin is -:12:5"),
    ("complete", "@/a.py:0:1", 2, "lines and columns count from 1: …"),
    ("complete", "@/none.py:1:1", 2, "… cannot be read: …; give another"),
    ("complete", "@/a.py:9:1", 2, "… has no line …: give 1 to …"),
    ("complete", "@/a.py:1:99", 2, "line … of … has … characters, give a column from 1 to …"),
    ("complete", "@/nul.py:1:1", 2, "… is binary, it holds NUL bytes: give a text"),
    ("complete", "@/latin.py:1:1", 2, "… is not UTF-8: …; save it as UTF-8"),
    ("complete", "@/.env:1:1", 2, "…: files named … are excluded: they may hold secrets"),
    ("complete", "@/big.py:1:1", 2, "… is too large: give one of … MB at most"),
    ("complete", "@/a.py:1:1 --steps 0", 2, "argument --steps: give … to …, not …"),
    ("complete", "@/a.py:1:1 --socket ftp://h:1", 2,
     "… is no endpoint of an engine: give a path, tcp://HOST:PORT on this machine, or "
     "tls://HOST:PORT"),
    ("complete", "@/a.py:1:1 --socket tcp://h", 2, "… is no endpoint of an engine: give …://HOST:PORT"),
    ("complete", "@/a.py:1:1 --socket tls://h:99999", 2, "port must be 0..65535, not …"),
    ("complete", "@/a.py:1:1 --socket unix:", 2,
     "the socket path is empty: give a path, tcp:// or tls://HOST:PORT"),
    ("complete", "@/a.py:1:1 --socket tcp://127.0.0.1:1", 3,
     "no engine listens on …: run diffgem-engine serve …"),
    ("complete", "@/a.py:1:1 --socket @/open/s", 3,
     "… is open to other users: give a socket in a folder of its own, such as …, which is made "
     "private"),
    ("complete", "@/a.py:1:1 --socket tcp://127.0.0.1:1 --token-file @/none", 3,
     "cannot read the token: … (…); correct engineTokenFile"),
    ("explain", "@/a.py:1:1 --socket tls://127.0.0.1:1", 3,
     "no engine listens on …: run diffgem-engine serve …"),
    ("stats", "--html @/none/page.html", 4,
     "cannot use …: …; give another --html, or let this user read and write there"),
    ("stats", "--html /dev/full", 4,
     "cannot use …: …; give another --html, or let this user read and write there"),
    ("stats", "--since 0", 2, "argument --since: give … to …, not …"),
    ("--tcp", "nowhere", 2, "--tcp takes a loopback HOST:PORT, not …"),
    ("--log-file", "@/none/log doctor", 2, "cannot log to …: …; give another --log-file"),
]  # fmt: skip
ENGINE = [
    ("serve", "--port 1 --socket @/s", 2,
     "--socket goes with neither --host nor --port: leave out one of them"),
    ("serve", "--host 192.0.2.1", 2,
     "… is not a loopback address, and beyond loopback there is TLS with tokens alone: give "
     "--tls-cert FILE and --tls-key FILE, and make a token for each user with `diffgem-engine "
     "token add NAME`"),
    ("serve", "--tls-cert @/a.py", 2, "--tls-cert FILE and --tls-key FILE go together: give both"),
    ("serve", "--tls-cert @/c --tls-key @/k --socket @/s", 2,
     "--tls-cert is for tls://HOST:PORT, not for …"),
    ("serve", "--port 0 --tokens @/tokens --tls-cert @/two --tls-key @/none", 2,
     "cannot read …: …; give the certificate chain as --tls-cert and its key as --tls-key, both in "
     "PEM"),
    ("serve", "--port 0 --tokens @/tokens --tls-cert @/two --tls-key @/open", 2,
     "cannot read …: Is a directory; give the certificate chain as --tls-cert and its key as "
     "--tls-key, both in PEM"),
    ("serve", "--port 0 --tokens @/tokens --tls-cert @/two --tls-key @/a.py", 2,
     "the key … can be read by other users: run …"),
    ("serve", "--socket tls://a*b:1", 2, "… is no host: give a name or an address"),
    ("serve", "--socket @/s --tokens @/t", 2,
     "--tokens is for tcp:// and tls://: a unix socket is yours alone"),
    ("serve", "--socket tls://127.0.0.1:0 --tokens @/t", 2,
     "no token in … lets anybody in: make one with `diffgem-engine token add NAME…`"),
    ("serve", "--socket @/a.py", 2, "… is not a socket: remove it or give another path"),
    ("serve", "--socket @/a.py/s", 2, "… is not a folder: remove it or give another socket path"),
    ("serve", "--socket @/open/s", 2,
     "… is open to other users: give a socket in a folder of its own, such as …, which is made "
     "private"),
    ("serve", f"--socket @/{'s' * 100}", 2, "socket path … is too long: give one under … bytes"),
    ("serve", "--socket ~nobody-at-all/s", 2, "socket path …: …; give another"),
    ("serve", "--log-file @/none/log", 2, "cannot log to …: …; give another --log-file"),
    ("serve", "--log-file @/log --log-file-mb 0", 2,
     "argument --log-file-mb: give 1 to 10000, not …"),
    ("serve", "--idle-exit many", 2, "argument --idle-exit: … is no number"),
    ("serve", "--idle-exit -1", 2, "argument --idle-exit: … is out of range; give at least …"),
    ("serve", "--backend vllm", 2, "--backend vllm needs --url http://HOST:PORT"),
    ("serve", "--url http://h", 2, "--… goes with --backend …: leave one of them out"),
    ("serve", "--backend vllm --url http://h --route auto", 2,
     "--route goes with --backend local: an upstream has one path alone"),
    ("serve", "--backend vllm --url http://h --upstream-ca @/a.py", 2,
     "--upstream-ca is for servers of https://: leave it out, or correct --url"),
    ("serve", "--backend vllm --socket @/s --url ftp://h", 2, "… … is no address; give http://HOST:PORT"),
    ("serve", "--backend vllm --socket @/s --url http://h:0", 2,
     "… … has a port that is not 1..65535; give http://HOST:PORT"),
    ("serve", "--backend vllm --socket @/s --url http://h/?a=1", 2,
     "… … has more than a path; give http://HOST:PORT"),
    ("serve", "--backend vllm --socket @/s --url http://me:word@h", 2,
     "… must have no password in it; put the key into …"),
    ("serve", "--backend vllm --socket @/s --url http://h --upstream-key-file @/none", 2,
     "… … cannot be read (…); give a file with the key in one line"),
    ("serve", "--backend vllm --socket @/s --url http://h --upstream-key-file @/two", 2,
     "… … must hold one line: the key, and no spaces"),
    ("serve", "--backend vllm --socket @/s --url http://h --upstream-key-file @/a.py", 2,
     "… … can be read by other users: run …"),
    ("serve", "--backend vllm --socket @/s --url https://h --upstream-ca @/a.py", 2,
     "--upstream-ca … cannot be read (…); give a PEM file of certificates"),
    ("serve", "--backend vllm --socket @/s --url http://h --tokenizer @/a.py", 2,
     "--tokenizer … cannot be read (…); give the checkpoint's tokenizer.json"),
    ("serve", "--socket @/s --second-url http://h", 2, "--second-url needs --route auto"),
    ("serve", "--socket @/s --route auto --second-url http://h", 2,
     "--second-url and --second-model go together: give both"),
    ("serve", "--socket @/s --second-key-file @/two", 2, "--second-key-file needs --second-url"),
    ("serve", "--socket @/s --model @/none", 1,
     "no checkpoint folder at …; give a folder or a hub id"),
    ("serve", "--socket @/s --model @/open", 1, "… has no …; copy the whole checkpoint"),
    ("serve", "--socket @/s --device toaster", 2, "no such device: …; give cpu, cuda or cuda:1"),
    ("token", "add a*b --tokens @/t", 2,
     "… is no name: give up to 64 letters, digits and ._@-, a letter or digit first"),
    ("token", "add ada --expires 0 --tokens @/t", 2,
     "--expires must be more than 0 days and 36500 at most, not …"),
    ("token", "add ada --burst 5 --tokens @/t", 2,
     "--burst is what may come at once of a --rate: give that as well"),
    ("token", "add ada --rate 0 --tokens @/t", 2, "--… must be … to …, not …"),
    ("token", "add ada --rights all --tokens @/t", 2, "--rights are of …: give at least one"),
    ("token", "add ada --tokens @/open/t", 2,
     "others may write into …, and could put tokens of their own there: …name a file in a folder "
     "of yours with --tokens"),
    ("token", "list --tokens @/a.py", 2, "… is open to other users: run chmod 600 …"),
    ("token", "list --tokens @/two", 2,
     "… is no store of tokens: restore it, or move it away and add the tokens again with "
     "`diffgem-engine token add`"),
    ("token", "list --tokens @/later", 2,
     "… is of another version of DiffGem: update this one, or name another file with --tokens"),
    ("token", "list --tokens @/open", 2,
     "cannot use …: …; check who owns it, or name another file with --tokens"),
    ("token", "list --tokens ~nobody-at-all/t", 2,
     "cannot use …: …; check who owns it, or name another file with --tokens"),
    ("serve", "--port 0 --tokens ~nobody-at-all/t", 2,
     "cannot use …: …; check who owns it, or name another file with --tokens"),
    ("token", "list --tokens @/t", 0,
     "no tokens in …: make one with `diffgem-engine token add NAME`, or name another store with "
     "--tokens"),
    ("token", "revoke ada --tokens @/t", 1,
     "no token in … has the id or name …: see `diffgem-engine token list`, or name another store "
     "with --tokens"),
    ("bench", "--random-weights tiny --format native", 2,
     "--random-weights has a format of its own: leave --format out"),
    ("bench", "--slots 0", 2, "argument --slots: … is out of range; give …"),
    ("bench", "--quick --only gateway --out @/a.py/out", 1,
     "cannot write to …: …; give another --out"),
    ("eval", "holes --engine @/s --model x", 2,
     "--engine is a running engine, with a model of its own: leave … out"),
    ("eval", "holes --source @/none", 2, "… is no folder; give --source the folder of a project"),
    ("eval", "holes --source @/open", 2,
     "… has no source file of … to … characters in a language with a grammar; give another "
     "--source"),
    ("eval", "holes --engine tcp://127.0.0.1:1 --source @/code", 3,
     "no engine listens on …: run diffgem-engine serve …"),
    ("eval", "holes --limit many", 2, "argument --limit: … is no whole number"),
    ("eval", "humaneval-infilling --data @/none", 2, "… does not exist; give another --data"),
    ("eval", "humaneval-infilling --data @/empty", 2,
     "… is empty: give a file with a problem a line"),
    ("eval", "humaneval-infilling --data @/a.py", 2,
     "… is not JSON; download it again, or give another --data"),
    ("eval", "gate --source @/code --fit @/none", 2, "… is no checkpoint's folder; give --fit one"),
    ("eval", "gate --source @/code --fit @/open --model x", 2,
     "--fit names the checkpoint that is fitted: leave --model and --engine out"),
    ("eval", "gate --price 0", 2, "argument --price: give a number above 0, 100 at most, not …"),
    ("eval", "lengths --source @/code --fit @/open --model x", 2,
     "--fit names the checkpoint that is fitted: leave --model out"),
    ("eval", "lines --corpus @/none", 2, "… has no held_out.jsonl; give RUN/corpus"),
    ("eval", "sudoku", 2,
     "the embedded model knows no Sudoku: give --model RUN/model, of `train --task sudoku`"),
    ("eval", "replay --repository @/none", 2, "git cannot read …: …; give --repository"),
    ("eval", "scorecard --out @/a.py", 2, "… cannot be a folder (…); give another"),
    ("train", "--out @/run", 2, "give --source DIR ..."),
    ("train", "--out @/run --source @/none", 2, "no such folder: …; give another --source"),
    ("train", "--out @/run --source @/open", 2,
     "nothing to train on: …, is left…; give another --source, a larger --cap, or hold out or "
     "exclude less"),
    ("train", "--out @/run --source @/code --hold-out nobody", 2,
     "… …: no such project; there are …"),
    ("train", "--out @/a.py/run --source @/code", 2,
     "… cannot be a run's folder (…); give another --out"),
    ("train", "--out @/run --source @/code --minutes never", 2,
     "argument --minutes: give a number of minutes above 0, not …"),
    ("train", "--out @/run --source @/code --width 100", 2,
     "argument --width: give a multiple of … from … to …, not …"),
    ("train", "--out @/run --source @/code --lora 4", 2,
     "--lora adapts a checkpoint: give one with --from"),
    ("train", "--out @/run --source @/code --from @/open --layers 2", 2,
     "--… is of a new model: leave it out, or --from"),
    ("train", "--out @/run --source @/code --from @/open --lora 4 --optimizer muon", 2,
     "--lora is trained with adamw: leave --optimizer … out"),
    ("train", "--out @/run --source @/code --encoder-first 0.6 --distil 0.6", 2,
     "--encoder-first and --distil are shares of one budget; give less of them"),
    ("train", "--out @/run --task sudoku --source @/code", 2, "… is of --task code: leave it out"),
]  # fmt: skip
USAGE = re.compile(r"(?s).*?^diffgem-(?:lsp|engine)[ \w-]*: error: ", re.MULTILINE)
NAMED = re.compile(r"^diffgem-(?:lsp|engine): ")


@pytest.fixture
def project(tmp_path):
    """Files of many faults, in a folder that only this user can enter."""
    tmp_path.chmod(0o700)
    files = {
        "a.py": b"x = 1\n", "nul.py": b"a\0b", "latin.py": b"a\xffb", ".env": b"A=1\n",
        "two": b"two words\n", "later": b'{"version": 99, "tokens": []}', "empty": b"",
        "code/alpha/a.py": b"def one():\n    return 1\n" * 40,
    }  # fmt: skip
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
        (tmp_path / name).chmod(0o644 if name.endswith(".py") else 0o600)
    store = TokenStore(tmp_path / "tokens")
    store.add(Entry("1", "ada", "0" * 64, created=0.0))
    with (tmp_path / "big.py").open("wb") as big:
        big.truncate(MOST_BYTES + 1)
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    return tmp_path


def told(program, arguments, capsys):
    """The exit code, and the last line on standard error, without who says it."""
    try:
        code = program(arguments)
    except SystemExit as ended:
        code = ended.code
    said = capsys.readouterr().err
    assert "Traceback" not in said
    return code, NAMED.sub("", USAGE.sub("", said).strip())


def rows():
    for program, table in ((server, SERVER), (engine, ENGINE)):
        for command, arguments, code, message in table:
            yield pytest.param(
                program, command, arguments, code, message, id=f"{command} {arguments}"
            )


def test_a_path_in_a_command_that_is_suggested_is_quoted(project, capsys):
    """Guards a command that, copied into a shell, is about other files."""
    spaced = project / "a folder"
    spaced.mkdir(mode=0o700)
    store = spaced / "its tokens"
    store.write_text("{}")
    store.chmod(0o644)
    _, said = told(engine, ["token", "list", "--tokens", str(store)], capsys)
    assert said.endswith(f"run chmod 600 '{store}'")
    spaced.chmod(0o770)
    _, said = told(engine, ["token", "add", "ada", "--tokens", str(spaced / "new")], capsys)
    assert f"run chmod 700 '{spaced}', or name" in said
    spaced.chmod(0o700)
    tls = ["--socket", "tls://127.0.0.1:0", "--tokens", str(spaced / "none")]
    _, said = told(engine, ["serve", *tls], capsys)
    assert said.endswith(f"add NAME --tokens '{spaced / 'none'}'`")


@pytest.mark.parametrize(("program", "command", "arguments", "code", "message"), [*rows()])
def test_bad_input_is_answered_in_a_line(
    program, command, arguments, code, message, project, capsys, monkeypatch
):
    """Guards tracebacks, pages, and exit codes that mean something else."""
    monkeypatch.setattr("logging.root.handlers", [])  # or the log's options do nothing
    given = [each.replace("@/", f"{project}/") for each in (command, *arguments.split(" "))]
    found, said = told(program, given, capsys)
    assert (found, said.count("\n")) == (code, 0), said
    pattern = message_lists.Listed(message, "").pattern
    assert re.fullmatch(pattern, said), said

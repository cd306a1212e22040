"""The events on disk: several servers, torn lines, full disks, bounded files."""

import asyncio
import json
import logging
import subprocess
import sys

import pytest

from diffgem_lsp.acceptance import journal as journal_module
from diffgem_lsp.acceptance.events import Fate, Shown, line_of, read_line, word
from diffgem_lsp.acceptance.history import Record, read_all
from diffgem_lsp.acceptance.journal import FILE, OLDER, Journal, append, files, state_folder

WRITER = """
import sys
from pathlib import Path
from diffgem_lsp.acceptance.events import Shown, line_of
from diffgem_lsp.acceptance.journal import append
for number in range(200):
    append(Path(sys.argv[1]), [line_of(Shown(f"{sys.argv[2]}-{number}", 1.0, kind="inline"))] * 3)
"""


def shown(name, at=1.0, **fields):
    return Shown(name, at, kind="inline", language="python", **fields)


def test_several_servers_at_once(tmp_path):
    """Two editors' lines in one another."""
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    writers = [subprocess.Popen([*command, name]) for name in "abc"]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    lines = (tmp_path / FILE).read_text().splitlines()
    assert len(lines) == 3 * 200 * 3
    assert {len(read_line(line).id) for line in lines} <= {3, 4, 5}
    assert len(read_all(tmp_path)) == 600


def test_the_files_are_bounded_and_the_newest_stay(tmp_path, monkeypatch):
    """A history that fills a disk."""
    monkeypatch.setattr(journal_module, "LARGEST", 1000)
    for number in range(200):
        append(tmp_path, [line_of(shown(f"x-{number}", float(number)))])
    assert sum(file.stat().st_size for file in files(tmp_path)) < (OLDER + 1) * 1200
    records = read_all(tmp_path)
    assert [record.shown.id for record in records[-20:]] == [f"x-{n}" for n in range(180, 200)]
    assert len(read_all(tmp_path, since=195.0)) == 5


def test_a_torn_line_costs_itself_alone(tmp_path):
    """A server that was killed while it wrote took the next one's first line along."""
    append(tmp_path, [line_of(shown("a"))])
    with (tmp_path / FILE).open("a") as file:
        file.write('{"event":"shown","id":"b"')
    append(tmp_path, [line_of(shown("c"))])
    assert [record.shown.id for record in read_all(tmp_path)] == ["a", "c"]


@pytest.mark.parametrize(
    "line",
    [
        "", "{", "7", "[]", '"x"', "{}", "[" * 50_000,
        '{"event":"shown"}', '{"event":"shown","id":"a","at":"now"}',
        '{"event":"shown","id":7,"at":1}', '{"event":"shown","id":"a","at":1e99}',
        '{"event":"fate","id":"a","at":1,"what":7}', '{"event":"what","id":"a","at":1}',
        '{"event":"fate","id":"a","at":1,"similarity":true}',
    ],
)  # fmt: skip
def test_what_is_no_event(line):
    """Figures of a file that somebody edited."""
    assert read_line(line) is None


@pytest.mark.parametrize(
    "event",
    [
        Shown("a-1", 12.5),
        shown("a-1", hole="rest of line", confidence=0.0, latency_ms=3.5, agreement=1.0),
        Fate("a-1", 12.5, "retained", after_s=30, similarity=0.0),
        Fate("a-1", 12.5, "accepted", "command", 7),
    ],
)
def test_events_come_back(event):
    assert read_line(line_of(event)) == event


def test_what_a_later_version_adds_is_left_out():
    line = json.dumps({"event": "fate", "id": "a", "at": 1, "what": "accepted", "mood": "good"})
    assert read_line(line) == Fate("a", 1, "accepted")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("python", "python"), ("C++", "c++"), ("objective-c", "objective-c"), ("", "other"),
        ("/home/me/x.py", "other"), ("x" * 40, "other"), ("naïve", "other"), (None, "none"),
    ],
)  # fmt: skip
def test_words(given, kept):
    """A language may be called anything by a client, a path included."""
    assert word(given) == kept


async def test_it_is_written_at_the_end(tmp_path):
    journal = Journal(lambda: tmp_path / "new" / "folder")
    for number in range(100):
        journal.add(shown(f"x-{number}", float(number)))
    await journal.close()
    journal.add(shown("late"))
    records = read_all(tmp_path / "new" / "folder")
    assert [record.shown.id for record in records] == [f"x-{n}" for n in range(100)]


async def test_it_is_written_after_a_while(tmp_path, monkeypatch):
    """What came before a kill was lost with it."""
    loop, written = asyncio.get_running_loop(), asyncio.Event()

    def note(folder, lines):
        append(folder, lines)
        loop.call_soon_threadsafe(written.set)

    monkeypatch.setattr(journal_module, "append", note)
    monkeypatch.setattr(journal_module, "PAUSE_S", 0.0)
    journal = Journal(lambda: tmp_path)
    journal.add(shown("a"))
    async with asyncio.timeout(20):
        await written.wait()
    assert len(read_all(tmp_path)) == 1
    await journal.close()


async def test_where_nothing_can_be_written_it_is_said_once(tmp_path, caplog):
    """A full disk, or a home that cannot be written to, made an error at every key."""
    (tmp_path / "file").write_text("")
    journal = Journal(lambda: tmp_path / "file" / "folder")
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            journal.add(shown("a"))
            journal._flush()
        await journal.close()
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert not journal.works


async def test_a_user_without_a_home(caplog):
    def nowhere():
        raise RuntimeError("Could not determine home directory.")

    journal = Journal(nowhere)
    journal.add(shown("a"))
    await journal.close()
    assert "home" in caplog.text


def test_a_lock_that_nobody_lets_go_of(tmp_path, monkeypatch):
    """A stopped server stopped all others."""
    monkeypatch.setattr(journal_module, "PATIENCE_S", 0.0)
    append(tmp_path, ["{}"])
    with journal_module._opened(tmp_path / f"{FILE}.lock") as lock:
        journal_module._lock(lock)
        with pytest.raises(BlockingIOError):
            append(tmp_path, ["{}"])
    append(tmp_path, ["{}"])


@pytest.mark.parametrize(
    ("environ", "folder"),
    [
        ({"XDG_STATE_HOME": "/s", "HOME": "/h"}, "/s/diffgem"),
        ({"XDG_STATE_HOME": "s", "HOME": "/h"}, "/h/.local/state/diffgem"),
        ({"HOME": "/h"}, "/h/.local/state/diffgem"),
    ],
)
def test_where_it_is(environ, folder):
    assert str(state_folder(environ)) == folder


FATES = {
    "accepted": Fate("a", 2.0, "accepted", "edit", 8),
    "told": Fate("a", 2.0, "accepted", "command", 8),
    "partly": Fate("a", 1.5, "partly", "edit", 3),
    "partly told": Fate("a", 1.5, "partly", "notification", 4),
    "typed": Fate("a", 3.0, "typed", "edit"),
    "reverted": Fate("a", 3.0, "reverted", "edit"),
    "kept": Fate("a", 32.0, "retained", after_s=30, similarity=0.67),
    "changed": Fate("a", 32.0, "retained", after_s=30, similarity=0.66),
}


@pytest.mark.parametrize(
    ("fates", "accepted", "partly", "typed", "saved", "retained"),
    [
        ((), False, False, False, 0, None),
        (("accepted", "told", "kept"), True, False, False, 8, True),
        (("partly",), False, True, False, 3, None),
        (("partly", "partly told", "partly"), False, True, False, 6, None),
        (("partly", "accepted", "changed"), True, False, False, 11, False),
        (("typed",), False, False, True, 0, None),
        (("accepted", "reverted"), True, False, False, 0, None),
    ],
)
def test_what_became_of_it(fates, accepted, partly, typed, saved, retained):
    """One acceptance told twice counted as two."""
    record = Record(shown("a"), tuple(FATES[name] for name in fates))
    assert (record.accepted, record.partly, record.typed) == (accepted, partly, typed)
    assert (record.saved, record.retained(30)) == (saved, retained)
